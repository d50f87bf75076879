#include "restore/leader.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/base/wal_segment.h"
#include "citus_init/citus/wal_position.h"
#include "citus_init/node/captured_run.h"

namespace citus_init::restore {

namespace {

// "16MB"
std::optional<std::uint64_t> segment_size(const std::string& text) {
    constexpr double kLargest = 1024.0 * kMegabyte;
    for (const auto& line : split(text, '\n')) {
        const auto size = line.find('|') == std::string::npos && line.ends_with("B")
                              ? size_in_bytes(line, 1)
                              : std::nullopt;
        if (size && *size >= kMegabyte && *size <= kLargest) {
            return static_cast<std::uint64_t>(*size);
        }
    }
    return std::nullopt;
}

// Replication commands, one psql each, which prints to what is captured.
Result<std::string> ask(const std::string& connection, const std::vector<std::string>& commands) {
    constexpr std::chrono::seconds kDeadline{10};
    constexpr const char* kAsk =
        "connection=$1; shift; exec psql -XAtqw -d \"$connection replication=1 connect_timeout=8\" "
        "\"$@\" >&2";
    process::Command shell;
    shell.arguments = {"/bin/sh", "-c", kAsk, "sh", connection};
    for (const auto& command : commands) {
        shell.arguments.insert(shell.arguments.end(), {"-c", command});
    }
    auto run = node::run_captured(std::move(shell), kDeadline);
    if (!run) {
        return fail(run.error());
    }
    return std::move(run->errors);
}

}  // namespace

std::optional<Leader> parse_leader(const std::string& identity) {
    const auto bytes = segment_size(identity);
    for (const auto& line : split(identity, '\n')) {
        const auto fields = split(line, '|');
        const bool is_identity = fields.size() >= 3 && !fields[0].empty() &&
                                 fields[0].find_first_not_of("0123456789") == std::string::npos;
        const auto timeline = is_identity
                                  ? parse_integer(fields[1], 1, std::numeric_limits<int>::max())
                                  : std::nullopt;
        if (!timeline) {
            continue;
        }
        Leader leader{fields[0], static_cast<int>(*timeline), {}};
        const auto lsn = citus::parse_lsn(fields[2]);
        if (lsn && bytes) {
            leader.wal.last = wal_segment_name(
                wal_segment_at(static_cast<std::uint32_t>(*timeline), *lsn, *bytes));
        }
        return leader;
    }
    return std::nullopt;
}

void add_history(Leader& leader, const std::string& identity, const std::string& history) {
    const auto bytes = segment_size(identity);
    const std::string heading = fmt::format("{:08X}.history|", leader.timeline);
    const auto start = history.find(heading);
    if (!bytes || start == std::string::npos) {
        return;
    }
    for (const auto& [timeline, end] :
         citus::parse_timeline_history(std::string_view(history).substr(start + heading.size()))) {
        leader.wal.left.push_back(
            wal_segment_name(wal_segment_at(static_cast<std::uint32_t>(timeline), end, *bytes)));
    }
}

Result<Leader> read_leader(const std::string& connection) {
    const auto identity = ask(connection, {"IDENTIFY_SYSTEM", "SHOW wal_segment_size"});
    if (!identity) {
        return fail(identity.error());
    }
    auto leader = parse_leader(*identity);
    if (!leader) {
        return fail(ExitCode::unavailable,
                    "the leader does not tell its system identifier: " + one_line(*identity));
    }
    if (leader->timeline > 1) {
        const auto history =
            ask(connection, {fmt::format("TIMELINE_HISTORY {}", leader->timeline)});
        if (!history) {
            return fail(history.error());
        }
        add_history(*leader, *identity, *history);
    }
    return std::move(*leader);
}

}  // namespace citus_init::restore
