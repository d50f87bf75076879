#include "settings/guc.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::settings {

namespace {

constexpr std::string_view kExecutor = "citus.task_executor_type";

// Names that stand in old notes and blog posts, and were never in any Citus (git log -S finds
// none). PostgreSQL would drop them with a WARNING at the start, the server would run without.
struct Replacement {
    std::string_view wrong;
    std::string_view right;
    std::string_view variable;  // the short one, to be suggested
};
constexpr std::array<Replacement, 2> kReplacements{
    {{"citus.max_worker_processes", "max_worker_processes", "CITUS_MAX_WORKER_PROCESSES"},
     {"citus.distributed_executor", kExecutor, "CITUS_DISTRIBUTED_EXECUTOR"}}};

const Replacement* replacement_for(std::string_view name) {
    const auto* found =
        std::find_if(kReplacements.begin(), kReplacements.end(),
                     [name](const Replacement& each) { return each.wrong == name; });
    return found == kReplacements.end() ? nullptr : found;
}

bool is_retired_executor(std::string_view value) {
    const std::string lower = to_lower(value);
    return lower == "task-tracker" || lower == "real-time";
}

Complaint wrong_name(const Replacement& replacement) {
    return {fmt::format("the setting {} is in no version of Citus; it is taken as {}",
                        replacement.wrong, replacement.right),
            fmt::format("Set {} or {} instead", replacement.right, replacement.variable)};
}

Complaint retired_executor() {
    return {
        fmt::format("names an executor that is gone from Citus; {} is set to adaptive", kExecutor),
        "Set it to adaptive, or leave it away"};
}

// The name that exists; `value` becomes one that exists.
std::string settle(std::string name, Sourced& value, Findings& findings) {
    if (const Replacement* replacement = replacement_for(name)) {
        findings.warnings.push_back(make_problem(value.origin, "", wrong_name(*replacement)));
        name = replacement->right;
    }
    if (name == kExecutor && is_retired_executor(trim(value.text))) {
        // Safe to show: it is one of two words.
        findings.warnings.push_back(
            make_problem(value.origin, trim(value.text), retired_executor()));
        value.text = "adaptive";
    }
    return name;
}

// A line of postgresql.conf as far as it is of interest: "NAME [=] VALUE [# comment]".
struct ConfLine {
    std::string_view indent;
    std::string_view name;
    std::string_view rest;  // from behind the name on
};

ConfLine read_line(std::string_view line) {
    constexpr std::string_view kBlank = " \t";
    const auto start = std::min(line.find_first_not_of(kBlank), line.size());
    const auto end = std::min(line.find_first_of(" \t=#'\r", start), line.size());
    return {line.substr(0, start), line.substr(start, end - start), line.substr(end)};
}

std::string_view value_in(std::string_view rest) {
    rest = trim(rest);
    if (!rest.empty() && rest.front() == '=') {
        rest = trim(rest.substr(1));
    }
    if (!rest.empty() && rest.front() == '\'') {
        rest.remove_prefix(1);
        return rest.substr(0, rest.find('\''));
    }
    return rest.substr(0, rest.find_first_of(" \t#\r"));
}

std::string settle_line(const std::string& text, std::string_view place, Findings& findings) {
    const ConfLine line = read_line(text);
    const std::string name = to_lower(line.name);
    const Replacement* replacement = replacement_for(name);
    const std::string_view real_name = replacement != nullptr ? replacement->right : line.name;
    if (replacement != nullptr) {
        findings.warnings.push_back(make_problem(place, "", wrong_name(*replacement)));
    }
    const std::string_view value = value_in(line.rest);
    if (to_lower(real_name) == kExecutor && is_retired_executor(value)) {
        findings.warnings.push_back(make_problem(place, value, retired_executor()));
        return fmt::format("{}{} = 'adaptive'", line.indent, real_name);
    }
    return replacement == nullptr ? text : fmt::format("{}{}{}", line.indent, real_name, line.rest);
}

}  // namespace

Parsed<std::string> guc_name_of(std::string_view variable_part) {
    std::string name;
    for (std::size_t i = 0; i < variable_part.size(); ++i) {
        if (variable_part.substr(i, 2) == "__") {
            name += '.';
            ++i;
        } else {
            name += variable_part[i];
        }
    }
    return parse_guc_name(name);
}

Parsed<std::string> parse_guc_name(std::string_view name) {
    const std::string lower = to_lower(name);
    for (const auto& part : split(lower, '.')) {
        const bool starts_well =
            !part.empty() && (part[0] == '_' || (part[0] >= 'a' && part[0] <= 'z'));
        if (!starts_well ||
            part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) {
            return complain(fmt::format("\"{}\" is not the name of a setting", shown(lower)),
                            "Write letters, digits and _, and __ for the dot: "
                            "CITUS_GUC_CITUS__SHARD_COUNT, or citus.shard_count in the YAML file");
        }
    }
    return lower;
}

void settle_gucs(const Gucs& gucs, PostgresqlConf& conf, std::string_view block_place,
                 Findings& findings) {
    for (const auto& [given_name, given] : gucs) {
        Sourced value = given;
        const std::string name = settle(given_name, value, findings);
        auto& layer = value.source == Source::yaml ? conf.yaml : conf.environment;
        const auto [earlier, is_new] = layer.emplace(name, value);
        if (!is_new && earlier->second.text != value.text) {
            findings.problems.push_back(
                make_problem(value.origin, "",
                             {fmt::format("sets {}, which {} sets to another value", name,
                                          shown(earlier->second.origin)),
                              "Keep one of them"}));
        }
    }
    auto lines = split(conf.block, '\n');
    for (std::size_t i = 0; i < lines.size(); ++i) {
        lines[i] = settle_line(lines[i], fmt::format("{} line {}", block_place, i + 1), findings);
    }
    conf.block = join(lines, "\n");
}

}  // namespace citus_init::settings
