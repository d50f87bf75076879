#include "upgrade/citus_steps.h"

#include <functional>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/citus/sql_failure.h"

#include "upgrade/statements.h"

namespace citus_init::upgrade {

namespace {

using Action = std::function<Status(citus::Session&, const std::string& database)>;

Error failed(const std::string& what, const std::string& database, const citus::SqlError& error) {
    Error failure =
        citus::sql_failure(fmt::format("{} failed in the database \"{}\"", what, database), error);
    failure.code = ExitCode::data_directory;
    return failure;
}

Status in_databases(citus::Connector& connector, citus::ConnectionTarget target,
                    const std::vector<std::string>& databases, const Action& action) {
    for (const auto& database : databases) {
        target.database = database;
        auto session = connector.connect(target);
        if (!session) {
            return fail(failed("the connection", database, session.error()));
        }
        CITUS_INIT_TRY(action(**session, database));
    }
    return {};
}

std::vector<std::string> all_databases(const ClusterFacts& facts) {
    std::vector<std::string> names;
    for (const auto& database : facts.databases) {
        names.push_back(database.name);
    }
    return names;
}

}  // namespace

Status prepare_citus(citus::Connector& connector, const citus::ConnectionTarget& server,
                     const ClusterFacts& facts) {
    return in_databases(
        connector, server, facts.databases_with("citus"),
        [](citus::Session& session, const std::string& database) -> Status {
            static_cast<void>(session.query(statement::kDropPartitionKeys));
            if (const auto called = session.query(statement::kPrepare); !called) {
                return fail(failed("citus_prepare_pg_upgrade()", database, called.error()));
            }
            return {};
        });
}

Status undo_prepare(citus::Connector& connector, const citus::ConnectionTarget& server,
                    const ClusterFacts& facts) {
    const auto undo = [](citus::Session& session, const std::string& database) -> Status {
        const auto prepared = session.query(statement::kWasOnlyPrepared);
        if (!prepared) {
            return fail(failed("reading the catalogs of Citus", database, prepared.error()));
        }
        if (!prepared->is_true(0, 0)) {
            return {};
        }
        if (const auto undone = session.query(statement::kUndoPrepare); !undone) {
            return fail(failed("taking citus_prepare_pg_upgrade() back", database, undone.error()));
        }
        log::info("took citus_prepare_pg_upgrade() back in the database \"{}\"", database);
        return {};
    };
    return in_databases(connector, server, facts.databases_with("citus"), undo);
}

Result<std::vector<std::string>> finish_citus(citus::Connector& connector,
                                              const citus::ConnectionTarget& server,
                                              const ClusterFacts& facts) {
    std::vector<std::string> finished;
    const auto finish = [&](citus::Session& session, const std::string& database) -> Status {
        const auto between = session.query(statement::kIsBetween);
        if (!between) {
            return fail(failed("reading the catalogs of Citus", database, between.error()));
        }
        if (!between->is_true(0, 0)) {
            return {};
        }
        if (const auto called = session.query(statement::kFinish); !called) {
            return fail(failed("citus_finish_pg_upgrade()", database, called.error()));
        }
        finished.push_back(database);
        return {};
    };
    CITUS_INIT_TRY(in_databases(connector, server, facts.databases_with("citus"), finish));
    return finished;
}

Status analyze(citus::Connector& connector, const citus::ConnectionTarget& server,
               const ClusterFacts& facts) {
    constexpr std::uint64_t kQuickly = 4ULL << 30U;
    const bool is_small = facts.bytes <= kQuickly;
    if (!is_small) {
        log::warning(
            "only the coarsest statistics are made now: run vacuumdb --all "
            "--analyze-in-stages once the server is ready");
    }
    return in_databases(connector, server, all_databases(facts),
                        [is_small](citus::Session& session, const std::string& database) -> Status {
                            if (!is_small) {
                                static_cast<void>(session.query(statement::kCoarseStatistics));
                            }
                            if (const auto done = session.query(statement::kAnalyze); !done) {
                                log::warning("database \"{}\": ANALYZE failed: {}", database,
                                             done.error().text());
                            }
                            return {};
                        });
}

}  // namespace citus_init::upgrade
