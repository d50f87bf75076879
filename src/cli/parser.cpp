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
        text += fmt::format(" {}", operand.value.name);
    }
    text += " [OPTIONS]";
    return verb.server_arguments == ServerArguments::none
               ? text
               : text + (verb.server_arguments == ServerArguments::bare ? " [SERVER ARGUMENTS]"
                                                                        : " [-- SERVER ARGUMENTS]");
}

// The parser of one verb, which reads into `values`.
void declare(CLI::App& app, const Verb& verb,
             std::map<std::string, std::string, std::less<>>& values) {
    const auto reader = [&values](std::string_view name, const Value& value) {
        return [&values, name = std::string(name), &value](const std::string& text) {
            if (const std::string problem = problem_of(value, text); !problem.empty()) {
                throw CLI::ValidationError(name, problem);
            }
            values[name] = text;
        };
    };
    for (const Operand& operand : verb.operands) {
        const std::string name(operand.value.name);
        app.add_option_function<std::string>(name, reader(name, operand.value),
                                             std::string(operand.meaning))
            ->required()
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

tl::unexpected<NotRun> usage_error(std::string problem) {
    return tl::unexpected(NotRun{false, std::move(problem)});
}

// "--wait: 1 required DURATION missing", "live was given a disallowed flag override"
std::string mismatch(const std::string& text) {
    const std::string name = text.substr(0, text.find_first_of(": "));
    return name.starts_with("-") ? name + " is to be given once, with one value"
                                 : fmt::format("--{} takes no value", name);
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

}  // namespace

tl::expected<Arguments, NotRun> parse_arguments(const Verb& verb,
                                                const std::vector<std::string>& words,
                                                const settings::Environment& environment) {
    Arguments arguments{environment, {}, {}, words};
    if (verb.audience == Audience::child) {
        return arguments;
    }
    arguments.server_arguments = split_off_server_arguments(verb, arguments.words);
    CLI::App app(std::string(verb.meaning), fmt::format("citus-init {}", verb.name));
    app.formatter(std::make_shared<VerbFormatter>(usage(verb)));
    declare(app, verb, arguments.values);
    app.allow_extras();
    try {
        // CLI11 takes the words in reverse.
        app.parse(std::vector<std::string>(arguments.words.rbegin(), arguments.words.rend()));
    } catch (const CLI::CallForHelp&) {
        return tl::unexpected(NotRun{true, app.help()});
    } catch (const CLI::RequiredError&) {
        return usage_error(fmt::format("{} needs {}", verb.name, verb.operands.front().value.name));
    } catch (const CLI::ArgumentMismatch& error) {
        return usage_error(mismatch(error.what()));
    } catch (const CLI::ParseError& error) {
        return usage_error(error.what());
    }
    if (const auto extra = app.remaining(); !extra.empty()) {
        return usage_error(
            fmt::format("{} does not take {}", verb.name, settings::shown(extra.front())));
    }
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
