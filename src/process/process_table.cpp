#include "citus_init/process/process_table.h"

#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include <fmt/core.h>

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

}  // namespace citus_init::process
