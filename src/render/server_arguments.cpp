#include "citus_init/render/server_arguments.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"
#include "citus_init/render/without_postmaster.h"

#include "problem_at.h"

namespace citus_init::render {

namespace {

using settings::Problem;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// The union of the option strings of PostgreSQL 15 to 18. What only some of them know is passed on,
// and the server itself refuses it in words.
constexpr std::string_view kWithArgument = "BcCDdfhkNprStW-";
constexpr std::string_view kWithoutArgument = "bEeFijlnOPsT";

std::string absolute_path(const std::string& path, const std::string& base) {
    namespace fs = std::filesystem;
    return without_trailing_slashes((fs::path(base) / path).lexically_normal().string());
}

// -d LEVEL, as set_debug_options() of postgres.c.
Pairs debug_settings(const std::string& level_text) {
    int level = 0;
    std::from_chars(level_text.data(), level_text.data() + level_text.size(), level);
    Pairs result{{"log_min_messages", level > 0 ? fmt::format("debug{}", level) : "notice"}};
    const std::vector<std::pair<int, Pairs>> steps{
        {1, {{"log_connections", "true"}, {"log_disconnections", "true"}}},
        {2, {{"log_statement", "all"}}},
        {3, {{"debug_print_parse", "true"}}},
        {4, {{"debug_print_plan", "true"}}},
        {5, {{"debug_print_rewritten", "true"}}}};
    for (const auto& [from, pairs] : steps) {
        if (level >= from) {
            result.insert(result.end(), pairs.begin(), pairs.end());
        }
    }
    return result;
}

// The settings behind a single-letter option; empty for one that makes none; nothing for an
// argument that postgres refuses.
std::optional<Pairs> letter_settings(char option, const std::string& argument) {
    static const std::map<char, std::pair<std::string, std::string>> fixed{
        {'E', {"log_statement", "all"}},
        {'e', {"datestyle", "euro"}},
        {'F', {"fsync", "false"}},
        {'i', {"listen_addresses", "*"}},
        {'l', {"ssl", "true"}},
        {'O', {"allow_system_table_mods", "true"}},
        {'P', {"ignore_system_indexes", "true"}},
        {'s', {"log_statement_stats", "true"}}};
    static const std::map<char, std::string> named{{'B', "shared_buffers"},
                                                   {'h', "listen_addresses"},
                                                   {'k', "unix_socket_directories"},
                                                   {'N', "max_connections"},
                                                   {'p', "port"},
                                                   {'S', "work_mem"},
                                                   {'W', "post_auth_delay"}};
    static const std::map<std::string, std::string> plans{
        {"s", "enable_seqscan"},    {"i", "enable_indexscan"}, {"o", "enable_indexonlyscan"},
        {"b", "enable_bitmapscan"}, {"t", "enable_tidscan"},   {"n", "enable_nestloop"},
        {"m", "enable_mergejoin"},  {"h", "enable_hashjoin"}};
    static const std::map<std::string, std::string> statistics{
        {"pa", "log_parser_stats"}, {"pl", "log_planner_stats"}, {"e", "log_executor_stats"}};
    if (const auto found = fixed.find(option); found != fixed.end()) {
        return Pairs{found->second};
    }
    if (const auto found = named.find(option); found != named.end()) {
        return Pairs{{found->second, argument}};
    }
    if (option == 'd') {
        return debug_settings(argument);
    }
    if (option == 'f') {
        const auto found = plans.find(argument);
        return found == plans.end() ? std::nullopt : std::optional(Pairs{{found->second, "false"}});
    }
    if (option == 't') {
        // get_stats_option_name() compares the first letters only.
        const auto found = statistics.find(argument.substr(0, argument.starts_with('p') ? 2 : 1));
        return found == statistics.end() ? std::nullopt
                                         : std::optional(Pairs{{found->second, "true"}});
    }
    return Pairs{};
}

class Parser {
  public:
    Parser(const std::vector<std::string>& arguments, std::string working_directory)
        : arguments_(arguments), working_directory_(std::move(working_directory)) {}

    tl::expected<ServerArguments, std::vector<Problem>> run() {
        while (next_ < arguments_.size()) {
            const std::string& word = arguments_[next_++];
            if (word.size() < 2 || word[0] != '-' || word == "--") {
                // getopt(3) stops at "--"; postgres takes no operand either way.
                if (word != "--" || next_ < arguments_.size()) {
                    refuse(word == "--" ? arguments_[next_++] : word,
                           "is not an option of postgres",
                           "Remove it, or put the option that it belongs to before it");
                }
                continue;
            }
            letters(word);
        }
        if (!problems_.empty()) {
            return tl::unexpected(problems_);
        }
        return result_;
    }

  private:
    void refuse(const std::string& word, std::string reason, std::string fix) {
        problems_.push_back(problem_at("command line", word, std::move(reason), std::move(fix)));
    }

    // One word of options, "-F", "-Fp5433", "-p 5433", as getopt(3) takes it apart.
    void letters(const std::string& word) {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const char option = word[i];
            if (kWithoutArgument.find(option) != std::string_view::npos) {
                const std::string text{'-', option};
                result_.words.push_back(text);
                add(*letter_settings(option, ""), text);
                continue;
            }
            if (kWithArgument.find(option) == std::string_view::npos) {
                refuse(word, "is not an option of postgres", "See postgres --help");
                return;
            }
            if (i + 1 == word.size() && next_ == arguments_.size()) {
                refuse(word, "needs an argument", "Give it one, or remove it");
                return;
            }
            const bool attached = i + 1 < word.size();
            with_argument(option, attached ? word.substr(i + 1) : arguments_[next_++]);
            return;
        }
    }

    void with_argument(char option, const std::string& argument) {
        const std::string text =
            option == '-' ? "--" + argument : fmt::format("-{} {}", option, argument);
        switch (option) {
            case 'C':
                result_.print_setting = argument;
                return;
            case 'D':
                data_directory(argument, text);
                return;
            case 'c':
            case '-':
                assignment(option, argument, text);
                return;
            default:
                break;
        }
        const auto pairs = letter_settings(option, argument);
        if (!pairs) {
            refuse(text, "has an argument that postgres does not know", "See postgres --help");
            return;
        }
        result_.words.push_back({'-', option});
        result_.words.push_back(argument);
        add(*pairs, text);
    }

    // "-c name=value" and "--name=value", as ParseLongOption() of guc.c: dashes in the name are
    // underscores.
    void assignment(char option, const std::string& argument, const std::string& text) {
        const auto equals = argument.find('=');
        if (option == '-' && runs_without_postmaster({text})) {
            refuse(text, "is an option for the first place only", "Put it right behind `postgres`");
            return;
        }
        if (equals == std::string::npos) {
            refuse(text, "has no value", "Write it as " + text + "=VALUE");
            return;
        }
        std::string name = to_lower(argument.substr(0, equals));
        std::replace(name.begin(), name.end(), '-', '_');
        const std::string value = argument.substr(equals + 1);
        if (name == "data_directory") {
            data_directory(value, text);
            return;
        }
        if (name == "config_file") {
            result_.config_file = absolute_path(value, working_directory_);
            return;
        }
        if (option == 'c') {
            result_.words.insert(result_.words.end(), {"-c", argument});
        } else {
            result_.words.push_back("--" + argument);
        }
        add({{std::move(name), value}}, text);
    }

    void data_directory(const std::string& path, const std::string& text) {
        if (path.empty()) {
            refuse(text, "names no directory", "Give it one, or remove it");
            return;
        }
        result_.data_directory = absolute_path(path, working_directory_);
    }

    void add(const Pairs& pairs, const std::string& text) {
        for (const auto& [name, value] : pairs) {
            result_.settings.emplace_back(name, LayeredValue{Layer::command_line, value, text});
        }
    }

    const std::vector<std::string>& arguments_;
    const std::string working_directory_;
    std::size_t next_ = 0;
    ServerArguments result_;
    std::vector<Problem> problems_;
};

}  // namespace

tl::expected<ServerArguments, std::vector<Problem>> parse_server_arguments(
    const std::vector<std::string>& arguments, const std::string& working_directory) {
    return Parser(arguments, working_directory).run();
}

}  // namespace citus_init::render
