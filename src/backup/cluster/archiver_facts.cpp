#include "citus_init/backup/cluster/archiver_facts.h"

#include <charconv>
#include <limits>

#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

// pg_current_wal_lsn() fails on a standby.
constexpr const char* kArchiver =
    "SELECT pg_catalog.pg_is_in_recovery(), control.system_identifier, "
    "pg_catalog.current_setting('archive_command'), "
    "extract(epoch FROM pg_catalog.clock_timestamp()), "
    "extract(epoch FROM archiver.last_archived_time), "
    "extract(epoch FROM archiver.last_failed_time), "
    "ready.segments, extract(epoch FROM ready.oldest), "
    "pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')), "
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0 "
    "ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0') END "
    "FROM pg_catalog.pg_control_system() control, pg_catalog.pg_stat_archiver archiver, "
    "(SELECT pg_catalog.count(*) AS segments, pg_catalog.min(modification) AS oldest "
    "FROM pg_catalog.pg_ls_archive_statusdir() WHERE name LIKE '%.ready') ready";

constexpr const char* kGroup = "SELECT groupid FROM pg_catalog.pg_dist_local_group";

std::optional<double> seconds_at(const citus::Rows& rows, std::size_t column) {
    const std::string& text = rows.at(0, column);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::int64_t number_at(const citus::Rows& rows, std::size_t column) {
    return parse_integer(rows.at(0, column), 0, std::numeric_limits<long long>::max()).value_or(0);
}

}  // namespace

citus::SqlResult<ArchiverFacts> read_archiver_facts(citus::Session& session) {
    const auto rows = session.query(kArchiver);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    ArchiverFacts facts;
    std::size_t column = 0;
    facts.in_recovery = rows->is_true(0, column++);
    facts.system_identifier = rows->at(0, column++);
    facts.command = rows->at(0, column++);
    facts.now = seconds_at(*rows, column++).value_or(0);
    facts.last_archived = seconds_at(*rows, column++);
    facts.last_failed = seconds_at(*rows, column++);
    facts.ready_segments = number_at(*rows, column++);
    facts.oldest_ready = seconds_at(*rows, column++);
    facts.segment_bytes = number_at(*rows, column++);
    facts.wal_position = number_at(*rows, column++);
    return facts;
}

citus::SqlResult<std::optional<int>> read_group(citus::Session& session) {
    const auto rows = session.query(kGroup);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    const auto group = rows->empty()
                           ? std::nullopt
                           : parse_integer(rows->at(0, 0), 1, std::numeric_limits<int>::max());
    return group ? std::optional(static_cast<int>(*group)) : std::nullopt;
}

}  // namespace citus_init::backup
