#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "citus_init/citus/server_checks.h"

#include "doctor/readers.h"
#include "doctor/row_text.h"
#include "doctor/server_statements.h"

namespace citus_init::doctor {

namespace {

using citus::Rows;
using citus::Session;
using citus::SqlResult;

// What the checks compare or compute with.
constexpr std::array kSettingNames{
    "autovacuum",
    "autovacuum_freeze_max_age",
    "autovacuum_multixact_freeze_max_age",
    "block_size",
    "data_directory",
    "default_text_search_config",
    "dynamic_shared_memory_type",
    "fsync",
    "full_page_writes",
    "ignore_checksum_failure",
    "integer_datetimes",
    "lc_monetary",
    "lc_numeric",
    "max_connections",
    "max_identifier_length",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "reserved_connections",
    "shared_buffers",
    "shared_memory_size",
    "ssl",
    "ssl_cert_file",
    "superuser_reserved_connections",
    "timezone",
    "wal_level",
    "xmlbinary",
    "zero_damaged_pages",
    "citus.cluster_name",
    "citus.max_adaptive_executor_pool_size",
    "citus.max_cached_conns_per_worker",
    "citus.max_client_connections",
    "citus.max_shared_pool_size",
    "citus.recover_2pc_interval",
    "citus.use_secondary_nodes",
};

std::string array_of_names() {
    std::string text = "{";
    for (const char* name : kSettingNames) {
        text += (text.size() == 1 ? "" : ",") + std::string(name);
    }
    return text + "}";
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

SqlResult<ClockFacts> read_clock(Session& session) {
    const double before = seconds_now();
    const auto begin = std::chrono::steady_clock::now();
    const auto rows = session.query(statement::kClock);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    ClockFacts clock;
    clock.round_trip =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    clock.ahead = std::strtod(rows->at(0, 0).c_str(), nullptr) - (before + clock.round_trip / 2);
    return clock;
}

SqlResult<DatabaseFacts> read_database(Session& session) {
    const auto rows = session.query(statement::kDatabase);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return DatabaseFacts{rows->at(0, 0), rows->at(0, 1), rows->at(0, 2), rows->at(0, 3),
                         rows->at(0, 4)};
}

SqlResult<LibraryVersions> read_libraries(Session& session) {
    const auto rows = session.query(statement::kLibraries);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    LibraryVersions versions;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        (rows->at(row, 0) == "c" ? versions.libc : versions.icu) = rows->at(row, 1);
    }
    auto changed = citus::collation_warning(session);
    if (!changed) {
        return tl::unexpected(changed.error());
    }
    versions.changed_collations = std::move(*changed);
    return versions;
}

SqlResult<std::map<std::string, std::string, std::less<>>> read_setting_values(Session& session) {
    const auto rows = session.query(statement::kSettings, {array_of_names()});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::map<std::string, std::string, std::less<>> values;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        values[rows->at(row, 0)] = rows->at(row, 1);
    }
    return values;
}

SqlResult<SettingFacts> read_settings(Session& session) {
    auto values = read_setting_values(session);
    if (!values) {
        return tl::unexpected(values.error());
    }
    SettingFacts facts;
    facts.values = std::move(*values);
    const auto pending = session.query(statement::kPendingRestart);
    if (!pending) {
        return tl::unexpected(pending.error());
    }
    std::vector<std::string> of_command_line;
    for (std::size_t row = 0; row < pending->values.size(); ++row) {
        (pending->is_true(row, 1) ? facts.pending_restart : of_command_line)
            .push_back(pending->at(row, 0));
    }
    const auto overridden = session.query(statement::kOverridden);
    if (!overridden) {
        return tl::unexpected(overridden.error());
    }
    facts.overridden = each_row<OverriddenSetting>(*overridden, [&](std::size_t row) {
        return OverriddenSetting{overridden->at(row, 0), overridden->at(row, 1),
                                 overridden->at(row, 2), overridden->at(row, 3)};
    });
    auto errors = citus::configuration_warnings(session);
    if (!errors) {
        return tl::unexpected(errors.error());
    }
    facts.errors = std::move(*errors);
    std::erase_if(facts.errors, [&](const std::string& error) {
        return std::any_of(of_command_line.begin(), of_command_line.end(), [&](const auto& name) {
            return error.find("the setting \"" + name + "\"") != std::string::npos;
        });
    });
    return facts;
}

SqlResult<SessionFacts> read_sessions(Session& session) {
    const auto rows = session.query(statement::kSessions);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return SessionFacts{integer_at(*rows, 0, 0)};
}

}  // namespace citus_init::doctor
