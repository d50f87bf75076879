#include "citus_init/process/process_table.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <limits>
#include <string_view>
#include <unordered_map>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "process/proc.h"

namespace citus_init::process {

namespace {

using Table = std::unordered_map<pid_t, ProcessStatus>;

bool descends_from(const Table& table, pid_t pid, pid_t ancestor) {
    // Read while it changes, the table might hold a circle of reused pids.
    for (std::size_t steps = 0; steps <= table.size(); ++steps) {
        const auto found = table.find(pid);
        if (found == table.end()) {
            return false;
        }
        pid = found->second.parent;
        if (pid == ancestor) {
            return true;
        }
    }
    return false;
}

// setproctitle writes "postgres: ..." over argv, with NUL or space behind it.
std::string title_of(pid_t pid, const ProcessStatus& status) {
    constexpr std::size_t kLongest = 256;
    std::string title = read_process_file(pid, "cmdline", kLongest);
    title.resize(std::min(title.find('\0'), title.size()));
    return title.starts_with("postgres: ") ? title : status.name;
}

std::string wait_of(pid_t pid) {
    std::string function = read_process_file(pid, "wchan", 64);
    return function == "0" ? "" : function;
}

}  // namespace

std::string ProcessDescription::text() const {
    return fmt::format("pid {}, {}{}{}: {}", pid, state, wait.empty() ? "" : " in ", wait, title);
}

std::vector<ProcessDescription> describe_processes() {
    Table table;
    for (const pid_t pid : process_ids()) {
        if (auto status = process_status(pid)) {
            table.emplace(pid, std::move(*status));
        }
    }
    std::vector<ProcessDescription> described;
    for (const auto& [pid, status] : table) {
        if (descends_from(table, pid, ::getpid())) {
            described.push_back(
                {pid, status.parent, status.state, wait_of(pid), title_of(pid, status)});
        }
    }
    std::sort(described.begin(), described.end(),
              [](const auto& left, const auto& right) { return left.pid < right.pid; });
    return described;
}

bool handles_signal(pid_t pid, int signal) {
    constexpr std::size_t kLongestStatus = 4096;
    constexpr std::string_view kCaught = "\nSigCgt:\t";
    constexpr int kHexadecimal = 16;
    const std::string text = read_process_file(pid, "status", kLongestStatus);
    const auto begin = text.find(kCaught);
    if (begin == std::string::npos) {
        return false;
    }
    std::uint64_t caught = 0;
    std::from_chars(text.data() + begin + kCaught.size(), text.data() + text.size(), caught,
                    kHexadecimal);
    return (caught >> (signal - 1) & 1U) != 0;
}

std::optional<std::int64_t> start_ticks(pid_t pid) {
    // The name, field 2 and in parentheses, may hold any byte: counted is from its end on.
    constexpr std::size_t kNameField = 2;
    constexpr std::size_t kStartField = 22;
    const std::string text = read_process_file(pid, "stat", 512);
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    const auto fields = split(std::string_view(text).substr(name_end), ' ');
    if (fields.size() <= kStartField - kNameField) {
        return std::nullopt;
    }
    return parse_integer(fields[kStartField - kNameField], 0,
                         std::numeric_limits<std::int64_t>::max());
}

bool lives(std::int64_t pid, std::int64_t started) {
    const auto process = static_cast<pid_t>(pid);
    if (::kill(process, 0) != 0 && errno != EPERM) {
        return false;
    }
    const auto start = start_ticks(process);
    return started == 0 || !start || *start == started;
}

}  // namespace citus_init::process
