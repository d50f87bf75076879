#include "citus_init/upgrade/upgrade_data_directory.h"

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/node/own_node.h"
#include "citus_init/postgres/data_directory.h"

#include "upgrade/leftovers.h"
#include "upgrade/major_upgrade.h"

namespace citus_init::upgrade {

namespace {

// The content of the directory, as PID 1 has read it a moment before, decides on the task.
Status bring_up_to_date(node::Node& node, citus::Connector& connector) {
    const RealFilesystem files;
    const auto content = postgres::inspect_data_directory(files, node.data_directory);
    if (!content) {
        return fail(content.error());
    }
    if (const auto* unfinished = std::get_if<postgres::UnfinishedUpgrade>(&*content)) {
        const auto& record = unfinished->record;
        return record.to_major == node.postgres_major ? continue_upgrade(node, connector, record)
                                                      : abandon_upgrade(node, connector, record);
    }
    if (const auto* cluster = std::get_if<postgres::Cluster>(&*content)) {
        return cluster->major < node.postgres_major
                   ? begin_upgrade(node, connector, {"", cluster->major})
                   : finish_leftovers(node, connector);
    }
    const auto older = postgres::older_clusters(files, node.data_directory, node.postgres_major);
    if (older.size() != 1) {
        return fail(ExitCode::software, "there is no cluster to upgrade");
    }
    return begin_upgrade(node, connector, {older.front().path, older.front().major});
}

Status run(const std::vector<std::string>& server_arguments) {
    auto node = node::own_node(server_arguments);
    if (!node) {
        return fail(node.error());
    }
    const auto connector = libpq::load_connector();
    if (!connector) {
        return fail(connector.error());
    }
    return bring_up_to_date(*node, **connector);
}

}  // namespace

int run_upgrade_data_directory(const std::vector<std::string>& server_arguments) {
    const Status done = run(server_arguments);
    if (done) {
        return 0;
    }
    log::error("upgrade, exit {} ({}): {}", static_cast<int>(done.error().code),
               exit_code_name(done.error().code), done.error().message);
    return static_cast<int>(done.error().code);
}

}  // namespace citus_init::upgrade
