#include "backup/cluster/other_databases.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/restored_nodes.h"
#include "citus_init/citus/sql_failure.h"

namespace citus_init::backup {

namespace {

Error failed_in(const std::string& database, const std::string& node,
                const citus::SqlError& error) {
    return citus::sql_failure(fmt::format("cannot ask the database \"{}\" of {}", database, node),
                              error);
}

}  // namespace

Result<OtherDatabases> OtherDatabases::open(const ClusterAccess& access,
                                            citus::Session& coordinator) {
    OtherDatabases others;
    const auto own = citus::read_point_server(coordinator);
    const auto names = citus::read_database_names(coordinator);
    if (!own || !names) {
        return fail(
            citus::sql_failure("cannot list the databases", own ? names.error() : own.error()));
    }
    for (const auto& name : *names) {
        if (name != own->database) {
            CITUS_INIT_TRY(others.add(access, name));
        }
    }
    return others;
}

Status OtherDatabases::add(const ClusterAccess& access, const std::string& name) {
    auto target = access.coordinator;
    target.database = name;
    auto session = citus::connect_where_citus_is(*access.connector, target);
    if (!session) {
        return fail(failed_in(name, "the coordinator", session.error()));
    }
    if (!*session) {
        return {};
    }
    const auto rows = citus::read_node_rows(**session);
    if (!rows) {
        return fail(failed_in(name, "the coordinator", rows.error()));
    }
    Database database{std::move(*session), {}};
    for (const auto& row : *rows) {
        if (row.group_id == 0 || !row.is_primary) {
            continue;
        }
        target = access.node;
        target.host = row.address.host;
        target.port = row.address.port;
        target.database = name;
        auto worker = access.connector->connect(target);
        if (!worker) {
            return fail(failed_in(name, row.address.text(), worker.error()));
        }
        database.workers.push_back(std::move(*worker));
    }
    databases_.push_back(std::move(database));
    return {};
}

std::vector<citus::OtherDatabase> OtherDatabases::sessions() const {
    std::vector<citus::OtherDatabase> found;
    for (const auto& database : databases_) {
        citus::OtherDatabase& other = found.emplace_back();
        other.coordinator = database.coordinator.get();
        for (const auto& worker : database.workers) {
            other.workers.push_back(worker.get());
        }
    }
    return found;
}

}  // namespace citus_init::backup
