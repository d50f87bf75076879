#include "cli/parser.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "citus_init/base/duration.h"
#include "citus_init/base/text.h"
#include "citus_init/settings/problem.h"

namespace citus_init::cli {

namespace {

// What is wrong with a value, "" = nothing.
std::string problem_of(const Value& value, const std::string& text) {
    switch (value.kind) {
        case ValueKind::choice:
            return std::find(value.choices.begin(), value.choices.end(), text) ==
                           value.choices.end()
                       ? fmt::format("\"{}\" is not {}", settings::shown(text),
                                     either(value.choices))
                       : "";
        case ValueKind::duration:
            return parse_duration(text, std::chrono::milliseconds(0), kLongestWait)
                       ? ""
                       : fmt::format(
                             "\"{}\" is not a duration. Write a number and one of ms, s, "
                             "min, h, d, at most {}",
                             settings::shown(text), format_duration(kLongestWait));
        case ValueKind::count:
            return parse_integer(text, 1, kLargestCount)
                       ? ""
                       : fmt::format("\"{}\" is not a whole number from 1 to {}",
                                     settings::shown(text), kLargestCount);
        case ValueKind::text:
            return text.empty() ? "is empty" : "";
        case ValueKind::none:
            break;
    }
    return "";
}

// `VERB [OPTIONS] [--] [postgres] [SERVER ARGUMENTS]`: takes the second half off.
std::vector<std::string> split_off_server_arguments(const Verb& verb,
                                                    std::vector<std::string>& words) {
    if (verb.server_arguments == ServerArguments::none) {
        return {};
    }
    const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
    const bool bare = verb.server_arguments == ServerArguments::bare &&
                      std::none_of(words.begin(), words.end(), is_help);
    const auto at =
        bare ? words.begin() : std::find_if(words.begin(), words.end(), [](const auto& word) {
            return word == "--" || word == "postgres";
        });
    std::vector<std::string> rest(at, words.end());
    words.erase(at, words.end());
    for (const char* leading : {"--", "postgres"}) {
        if (!rest.empty() && rest.front() == leading) {
            rest.erase(rest.begin());
        }
    }
    return rest;
}

std::string usage(const Verb& verb) {
    std::string text = fmt::format("Usage: citus-init {}", verb.name);
    for (const Operand& operand : verb.operands) {
        text += fmt::format(fmt::runtime(operand.optional ? " [{}]" : " {}"), operand.value.name);
    }
    text += " [OPTIONS]";
    return verb.server_arguments == ServerArguments::none
               ? text
               : text + (verb.server_arguments == ServerArguments::bare ? " [SERVER ARGUMENTS]"
                                                                        : " [-- SERVER ARGUMENTS]");
}

// What was made of some words.
struct Reading {
    std::map<std::string, std::string, std::less<>> values;
    std::vector<std::string> problems;
    std::optional<std::string> help;  // asked for
    const Option* misused = nullptr;  // given twice, or without its value: nothing else was read
};

// The parser of one verb, which reads into `reading`.
void declare(CLI::App& app, const Verb& verb, Reading& reading) {
    auto& values = reading.values;
    const auto reader = [&reading](std::string_view name, const Value& value) {
        return [&reading, name = std::string(name), &value](const std::string& text) {
            if (const std::string problem = problem_of(value, text); !problem.empty()) {
                reading.problems.push_back(name + ": " + problem);
            }
            reading.values[name] = text;
        };
    };
    for (const Operand& operand : verb.operands) {
        const std::string name(operand.value.name);
        app.add_option_function<std::string>(name, reader(name, operand.value),
                                             std::string(operand.meaning))
            ->type_name("");
    }
    for (const Option& option : verb.options) {
        const std::string name(option.name);
        const std::string names =
            option.letter == 0 ? name : fmt::format("-{},{}", option.letter, name);
        const std::string meaning(option.meaning);
        if (option.value.kind == ValueKind::none) {
            app.add_flag_callback(
                   names, [&values, name] { values[name] = "on"; }, meaning)
                ->disable_flag_override();
        } else {
            app.add_option_function<std::string>(names, reader(name, option.value), meaning)
                ->type_name(std::string(option.value.name));
        }
    }
}

// The option that the parser complains of: "--wait: 1 required DURATION missing", "live was given a
// disallowed flag override".
const Option* misused_option(const Verb& verb, const std::string& text) {
    const std::string name = text.substr(0, text.find_first_of(": "));
    const auto found = std::find_if(
        verb.options.begin(), verb.options.end(),
        [&](const Option& option) { return option.name == name || option.name == "--" + name; });
    return found == verb.options.end() ? nullptr : &*found;
}

std::string misuse(const Option& option) {
    return fmt::format("{} {}", option.name,
                       option.value.kind == ValueKind::none
                           ? "takes no value"
                           : "is to be given once, with one value");
}

// The words without an option, and without its values.
std::vector<std::string> without(const Option& option, const std::vector<std::string>& words) {
    const std::string name(option.name);
    const std::string letter{'-', option.letter};
    std::vector<std::string> rest;
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (*word == name || (option.letter != 0 && *word == letter)) {
            const bool has_value = option.value.kind != ValueKind::none &&
                                   word + 1 != words.end() && !(word + 1)->starts_with("-");
            word += has_value ? 1 : 0;
        } else if (!word->starts_with(name + "=") &&
                   (option.letter == 0 || !word->starts_with(letter))) {
            rest.push_back(*word);
        }
    }
    return rest;
}

std::string surplus(const Verb& verb, const std::vector<std::string>& words) {
    constexpr std::size_t kShown = 5;
    std::string text =
        fmt::format("{} does not take {}", verb.name, settings::shown(words.front()));
    for (std::size_t at = 1; at < std::min(words.size(), kShown); ++at) {
        text += ", " + settings::shown(words[at]);
    }
    return words.size() > kShown ? fmt::format("{} and {} more", text, words.size() - kShown)
                                 : text;
}

// Help without what the parser calls things.
class VerbFormatter : public CLI::Formatter {
  public:
    explicit VerbFormatter(std::string usage) : usage_(std::move(usage)) {
        label("REQUIRED", "");
        label("TEXT", "");
        column_width(28);
    }
    std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
        return usage_ + "\n";
    }

  private:
    std::string usage_;
};

Reading read_words(const Verb& verb, const std::vector<std::string>& words) {
    Reading reading;
    CLI::App app(std::string(verb.meaning), fmt::format("citus-init {}", verb.name));
    app.formatter(std::make_shared<VerbFormatter>(usage(verb)));
    declare(app, verb, reading);
    app.allow_extras();
    try {
        // CLI11 takes the words in reverse.
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        reading.help = app.help();
        return reading;
    } catch (const CLI::ParseError& error) {
        reading.misused = misused_option(verb, error.what());
        reading.problems.push_back(reading.misused == nullptr ? error.what()
                                                              : misuse(*reading.misused));
        return reading;
    }
    for (const Operand& operand : verb.operands) {
        if (!operand.optional && !reading.values.contains(operand.value.name)) {
            reading.problems.push_back(fmt::format("{} needs {}", verb.name, operand.value.name));
        }
    }
    if (const auto extra = app.remaining(); !extra.empty()) {
        reading.problems.push_back(surplus(verb, extra));
    }
    return reading;
}

// With every problem: a misused option stops the parser, so the words are read again without it.
Reading read_all_words(const Verb& verb, std::vector<std::string> words) {
    std::vector<std::string> problems;
    while (true) {
        Reading reading = read_words(verb, words);
        problems.insert(problems.end(), reading.problems.begin(), reading.problems.end());
        auto rest = reading.misused == nullptr ? words : without(*reading.misused, words);
        if (rest.size() == words.size()) {
            reading.problems = std::move(problems);
            return reading;
        }
        words = std::move(rest);
    }
}

}  // namespace

tl::expected<Arguments, NotRun> parse_arguments(const Verb& verb,
                                                const std::vector<std::string>& words,
                                                const settings::Environment& environment) {
    Arguments arguments{environment, {}, {}, words};
    if (verb.audience == Audience::child) {
        return arguments;
    }
    arguments.server_arguments = split_off_server_arguments(verb, arguments.words);
    auto reading = read_all_words(verb, arguments.words);
    if (reading.help) {
        return tl::unexpected(NotRun{true, std::move(*reading.help)});
    }
    if (!reading.problems.empty()) {
        return tl::unexpected(NotRun{false, join(reading.problems, "; ")});
    }
    arguments.values = std::move(reading.values);
    return arguments;
}

std::string help_text(const std::vector<Verb>& verbs) {
    std::string text =
        "Entrypoint and supervisor for PostgreSQL + Citus containers.\n"
        "Without a verb: run the server, or any other command, under supervision.\n"
        "\n"
        "Usage: citus-init [run] [postgres] [ARGUMENTS...]\n"
        "       citus-init [run] COMMAND [ARGUMENTS...]\n"
        "       citus-init VERB [OPTIONS]\n"
        "\n"
        "Verbs:\n";
    for (const Verb& verb : verbs) {
        if (verb.audience == Audience::users) {
            text += fmt::format("  {:<26}{}\n", verb.name, verb.meaning);
        }
    }
    return text +
           "\n"
           "`citus-init VERB --help` shows the options of a verb. check, render, explain and the\n"
           "-initdb verbs take a server's command line behind `--`. Settings: `man citus-init`.\n";
}

}  // namespace citus_init::cli
