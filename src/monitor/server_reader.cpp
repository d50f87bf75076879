#include "monitor/server_reader.h"

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "citus_init/base/text.h"

#include "monitor/query_as.h"
#include "monitor/row_numbers.h"
#include "monitor/server_statements.h"

namespace citus_init::monitor {

namespace {

using citus::Rows;
using citus::Session;
using citus::SqlResult;

SqlResult<ServerFacts> read_facts(Session& session) {
    auto facts = query_as(session, statement::kFacts, [](const Rows& rows) {
        ServerFacts read;
        read.version = integer_at(rows, 0, 0);
        read.banner = rows.at(0, 1);
        read.release = rows.at(0, 2);
        read.started = count_at(rows, 0, 3);
        read.in_recovery = rows.is_true(0, 4);
        read.replay_paused = rows.is_true(0, 5);
        read.timeline = number_at(rows, 0, 6);
        read.wal_position = number_at(rows, 0, 7);
        read.lag = number_at(rows, 0, 8);
        read.settings_waiting_for_restart = count_at(rows, 0, 9);
        return read;
    });
    if (!facts) {
        return facts;
    }
    auto settings = query_as(session, statement::kSettings, numbers_by_name);
    if (!settings) {
        return tl::unexpected(settings.error());
    }
    facts->settings = std::move(*settings);
    return facts;
}

SqlResult<Activity> read_activity(Session& session, int version) {
    auto activity = query_as(session, statement::kSessions, [](const Rows& rows) {
        Activity read;
        for (std::size_t row = 0; row < rows.values.size(); ++row) {
            SessionGroup group;
            if (!rows.is_null(row, 0)) {
                group.database = rows.at(row, 0);
            }
            group.role = rows.at(row, 1);
            group.is_client = rows.is_true(row, 2);
            group.state = rows.at(row, 3);
            group.waits_for_lock = rows.is_true(row, 4);
            group.count = count_at(rows, row, 5);
            group.oldest_transaction = count_at(rows, row, 6);
            read.sessions.push_back(std::move(group));
        }
        return read;
    });
    if (!activity) {
        return activity;
    }
    const auto wait = session.query(statement::longest_lock_wait(version));
    if (!wait) {
        return tl::unexpected(wait.error());
    }
    activity->longest_lock_wait = number_at(*wait, 0, 0);
    return activity;
}

std::vector<Database> databases_in(const Rows& rows) {
    std::vector<Database> databases;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        databases.push_back({rows.at(row, 0), rows.at(row, 1), count_at(rows, row, 2),
                             count_at(rows, row, 3),
                             numbers_in(rows, row, 4, statement::kDatabaseCounters)});
    }
    return databases;
}

Wal wal_in(const Rows& rows) {
    return {count_at(rows, 0, 0), count_at(rows, 0, 1),
            numbers_in(rows, 0, 2, statement::kWalCounters)};
}

SqlResult<Replication> read_replication(Session& session) {
    const auto slots = session.query(statement::kSlots);
    if (!slots) {
        return tl::unexpected(slots.error());
    }
    const auto receivers = session.query(statement::kReceivers);
    if (!receivers) {
        return tl::unexpected(receivers.error());
    }
    Replication replication;
    for (std::size_t row = 0; row < slots->values.size(); ++row) {
        replication.slots.push_back({slots->at(row, 0), slots->at(row, 1), slots->is_true(row, 2),
                                     slots->is_true(row, 3), number_at(*slots, row, 4)});
    }
    for (std::size_t row = 0; row < receivers->values.size(); ++row) {
        replication.receivers.push_back(
            {receivers->at(row, 0), receivers->at(row, 1), receivers->at(row, 2),
             receivers->at(row, 3), number_at(*receivers, row, 4), number_at(*receivers, row, 5)});
    }
    return replication;
}

Archiver archiver_in(const Rows& rows) {
    return {rows.is_true(0, 0), rows.is_true(0, 1), count_at(rows, 0, 2), count_at(rows, 0, 3),
            number_at(rows, 0, 4)};
}

std::map<std::string, Numbers> io_in(const Rows& rows) {
    std::map<std::string, Numbers> io;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        io[rows.at(row, 0)] = numbers_in(rows, row, 1, statement::kIoCounters);
    }
    return io;
}

std::vector<std::int64_t> pids_in(const std::string& text) {
    std::vector<std::int64_t> pids;
    for (const std::string& pid : split(text, ' ')) {
        if (const auto number = parse_integer(pid, 0, std::numeric_limits<std::int32_t>::max())) {
            pids.push_back(*number);
        }
    }
    return pids;
}

std::vector<RunningQuery> queries_in(const Rows& rows) {
    std::vector<RunningQuery> queries;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        queries.push_back({integer_at(rows, row, 0), rows.at(row, 1), rows.at(row, 2),
                           rows.at(row, 3), rows.at(row, 4), rows.at(row, 5),
                           count_at(rows, row, 6), pids_in(rows.at(row, 7)), rows.at(row, 8)});
    }
    return queries;
}

}  // namespace

SqlResult<std::vector<RunningQuery>> read_queries(Session& session) {
    return query_as(session, statement::kQueries, queries_in);
}

SqlResult<PreparedByOwner> read_prepared(Session& session) {
    return query_as(session, statement::kPrepared, [](const Rows& rows) {
        PreparedByOwner prepared{{"citus", {}}, {"other", {}}};
        for (std::size_t row = 0; row < rows.values.size(); ++row) {
            prepared[rows.at(row, 0)] = {count_at(rows, row, 1), count_at(rows, row, 2)};
        }
        return prepared;
    });
}

void read_server(Session& session, ServerSnapshot& server,
                 const std::function<bool()>& is_stopping) {
    collect(server.facts, [&] { return read_facts(session); });
    const int version = server.facts.value ? server.facts.value->version : 0;
    const std::vector<std::function<void()>> parts{
        [&] { collect(server.activity, [&] { return read_activity(session, version); }); },
        [&] {
            collect(server.xmin_ages,
                    [&] { return query_as(session, statement::kXminAges, numbers_by_name); });
        },
        [&] {
            collect(server.databases,
                    [&] { return query_as(session, statement::kDatabases, databases_in); });
        },
        [&] {
            collect(server.wal, [&] { return query_as(session, statement::wal(version), wal_in); });
        },
        [&] { collect(server.replication, [&] { return read_replication(session); }); },
        [&] {
            collect(server.checkpoints, [&] {
                return query_as(session, statement::checkpoints(version), [](const Rows& rows) {
                    return numbers_in(rows, 0, 0, statement::kCheckpointCounters);
                });
            });
        },
        [&] {
            collect(server.archiver,
                    [&] { return query_as(session, statement::kArchiver, archiver_in); });
        },
        [&] { collect(server.prepared, [&] { return read_prepared(session); }); },
        [&] { collect(server.queries, [&] { return read_queries(session); }); },
        [&] {
            if (const char* sql = statement::io(version); sql != nullptr) {
                collect(server.io, [&] { return query_as(session, sql, io_in); });
            }
        }};
    for (const auto& part : parts) {
        if (!server.facts.value || is_stopping()) {
            return;
        }
        part();
    }
}

void read_server_sizes(Session& session, ServerSnapshot& server) {
    collect(server.database_sizes,
            [&] { return query_as(session, statement::kDatabaseSizes, numbers_by_name); });
}

}  // namespace citus_init::monitor
