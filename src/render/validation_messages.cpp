// Reads what `postgres -C` says, whose words are those of PostgreSQL's guc.c, guc-file.l,
// miscinit.c.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"
#include "citus_init/render/preload_libraries.h"
#include "citus_init/render/validation.h"

#include "problem_at.h"

namespace citus_init::render {

namespace {

using settings::Problem;

struct Message {
    std::string severity;
    std::string text;
    std::string hint;
};

std::optional<std::pair<std::string, std::string>> severity_and_text(const std::string& line) {
    static constexpr std::array<std::string_view, 8> kSeverities{
        "LOG", "WARNING", "ERROR", "FATAL", "PANIC", "HINT", "DETAIL", "CONTEXT"};
    for (const std::string_view severity : kSeverities) {
        const std::string mark = std::string(severity) + ":  ";
        // A line prefix may stand before it, until ours is in force.
        const auto at = line.find(mark);
        if (at != std::string::npos && (at == 0 || line[at - 1] == ' ')) {
            return std::pair{std::string(severity), line.substr(at + mark.size())};
        }
    }
    return std::nullopt;
}

std::vector<Message> messages_of(std::string_view text) {
    std::vector<Message> messages;
    for (const std::string& line : split(text, '\n')) {
        const auto parsed = severity_and_text(line);
        if (!parsed) {
            // PostmasterMain()'s own checks come by write_stderr(): "postgres: ..."
            constexpr std::string_view kProgram = "postgres: ";
            if (line.starts_with(kProgram)) {
                messages.push_back({"FATAL", line.substr(kProgram.size()), ""});
            }
            continue;
        }
        if (parsed->first != "HINT" && parsed->first != "DETAIL" && parsed->first != "CONTEXT") {
            messages.push_back({parsed->first, parsed->second, ""});
        } else if (!messages.empty() && parsed->first != "CONTEXT") {
            messages.back().hint += (messages.back().hint.empty() ? "" : " ") + parsed->second;
        }
    }
    return messages;
}

// The text between `before` and the next quote.
std::optional<std::string> quoted_after(const std::string& text, std::string_view before) {
    const auto at = text.find(before);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t start = at + before.size();
    return text.substr(start, text.find('"', start) - start);
}

class MessageReader {
  public:
    MessageReader(const GucStack& stack, const RenderedConf& conf, const std::string& shadow)
        : stack_(stack), conf_(conf), shadow_conf_(shadow + "/postgresql.conf") {}

    std::optional<Problem> problem(const Message& message) const {
        if (is_no_cause(message.text)) {
            return std::nullopt;
        }
        auto origin = origin_of_line(message.text);
        const auto name = quoted_after(message.text, "parameter \"");
        if (!origin && name) {
            origin = origin_of_setting(*name, message.text);
        }
        if (!origin && message.text.starts_with("could not access file \"")) {
            origin = origin_of_library(quoted_after(message.text, "file \"").value_or(""));
        }
        if (!origin) {
            origin = origins_of_words(message.text);
        }
        const bool deadly = message.severity == "FATAL" || message.severity == "PANIC" ||
                            message.severity == "ERROR";
        if (!deadly && (!origin || message.severity == "WARNING")) {
            return std::nullopt;
        }
        return problem_at(origin.value_or("PostgreSQL"), "", without_place(message.text),
                          fix(message, name));
    }

  private:
    // `configuration file "F" contains errors`: the errors stand before it.
    static bool is_no_cause(const std::string& text) {
        return text.starts_with("configuration file \"") ||
               text.starts_with("skipping missing configuration file");
    }

    // `... in file "F" line N`
    std::optional<std::string> origin_of_line(const std::string& text) const {
        const auto file = quoted_after(text, "in file \"");
        const auto at = text.find("\" line ");
        if (!file || at == std::string::npos) {
            return std::nullopt;
        }
        const std::string digits =
            text.substr(at + 7, text.find_first_not_of("0123456789", at + 7) - at - 7);
        const auto line = parse_integer(digits, 1, 1 << 30);
        if (*file != shadow_conf_) {
            return fmt::format("{}:{}", *file, digits);
        }
        return line ? conf_.origin(static_cast<int>(*line)) : "";
    }

    // The layer whose value the message cites, else the strongest one.
    std::optional<std::string> origin_of_setting(const std::string& name,
                                                 const std::string& text) const {
        const auto values = stack_.explain(name);
        const auto cited = std::find_if(values.rbegin(), values.rend(), [&](const auto& value) {
            return text.find(fmt::format(R"(": "{}")", value.value)) != std::string::npos;
        });
        if (cited != values.rend()) {
            return cited->origin;
        }
        return values.empty() ? std::nullopt : std::optional(values.back().origin);
    }

    std::optional<std::string> origin_of_library(const std::string& library) const {
        if (const auto value = value_with_library(stack_, library)) {
            return value->origin;
        }
        const auto values = stack_.explain("shared_preload_libraries");
        return values.empty() ? std::nullopt : std::optional(values.back().origin);
    }

    // "wal_level" and "max_wal_senders" in a sentence about both.
    std::optional<std::string> origins_of_words(const std::string& text) const {
        constexpr std::string_view kLetters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
        std::vector<std::string> origins;
        for (std::size_t at = text.find_first_of(kLetters); at != std::string::npos;) {
            const std::size_t end = std::min(text.find_first_not_of(kLetters, at), text.size());
            const std::string word = text.substr(at, end - at);
            if (stack_.given(word)) {
                const std::string origin = stack_.explain(word).back().origin;
                if (std::find(origins.begin(), origins.end(), origin) == origins.end()) {
                    origins.push_back(origin);
                }
            }
            at = text.find_first_of(kLetters, end);
        }
        return origins.empty() ? std::nullopt : std::optional(join(origins, " and "));
    }

    // Our own file is known under the origins of its lines.
    std::string without_place(const std::string& text) const {
        const auto at = text.find(" in file \"" + shadow_conf_ + "\"");
        return at == std::string::npos ? text : text.substr(0, at);
    }

    std::string fix(const Message& message, const std::optional<std::string>& name) const {
        if (message.text.starts_with("unrecognized configuration parameter") && name) {
            return missing_guc(*name, stack_.versions).fix;
        }
        if (message.text.starts_with("could not access file \"")) {
            return "Install the package that has it, or take it out of shared_preload_libraries";
        }
        std::string hint = message.hint.empty() ? "Correct or remove the setting" : message.hint;
        if (hint.back() == '.') {
            hint.pop_back();
        }
        return hint;
    }

    const GucStack& stack_;
    const RenderedConf& conf_;
    const std::string shadow_conf_;
};

}  // namespace

std::vector<Problem> read_validation(int exit_code, std::string_view messages,
                                     const GucStack& stack, const RenderedConf& conf,
                                     const std::string& shadow) {
    std::vector<Problem> problems;
    if (exit_code == 0) {
        return problems;
    }
    const MessageReader reader(stack, conf, shadow);
    for (const Message& message : messages_of(messages)) {
        if (auto problem = reader.problem(message)) {
            problems.push_back(std::move(*problem));
        }
    }
    if (problems.empty()) {
        const auto lines = split(trim(messages), '\n');
        problems.push_back({"PostgreSQL", "",
                            fmt::format("its check of the configuration ended with status {}: {}",
                                        exit_code, lines.back()),
                            "See the message"});
    }
    return problems;
}

}  // namespace citus_init::render
