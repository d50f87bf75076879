#include "web/node_collector.h"

#include <thread>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/node/own_login.h"
#include "citus_init/overview/sources.h"
#include "citus_init/postgres/postmaster_pid.h"

namespace citus_init::web {

namespace {

// The bootstrap server is nobody's to look at.
bool has_server(const status::NodeStatus& status) {
    using status::Phase;
    return status.postmaster != 0 &&
           (status.phase == Phase::ready || status.phase == Phase::starting ||
            status.phase == Phase::recovering);
}

}  // namespace

NodeCollector::NodeCollector(const settings::Environment& environment,
                             const settings::Settings& settings)
    : environment_(environment), settings_(settings) {}

void NodeCollector::follow(const status::NodeStatus& status) {
    if (!has_server(status)) {
        return;
    }
    const auto file = postgres::read_postmaster_pid(RealFilesystem(), status.data_directory);
    if (!file || file->socket_directory.empty()) {
        return;
    }
    const std::pair found{file->socket_directory, file->port};
    if (followed_ == found) {
        return;
    }
    followed_ = found;
    start({file->socket_directory, static_cast<std::uint16_t>(file->port)});
}

void NodeCollector::start(const agent::LocalServer& server) {
    auto connector = libpq::load_connector();
    if (!connector) {
        log::warning("metrics lack all that the server knows: {}", connector.error().message);
        return;
    }
    // The end of a collector waits for its statements.
    if (collection_) {
        std::thread([old = std::move(collection_)] {}).detach();
    }
    collection_ = std::make_unique<Collection>(agent::AgentContext{
        server, settings_, node::with_own_login(std::move(*connector)), environment_});
    collection_->collector.start(overview::collector_sources(collection_->context));
}

std::shared_ptr<const monitor::Snapshot> NodeCollector::snapshot() const {
    static const auto nothing = std::make_shared<const monitor::Snapshot>();
    return collection_ ? collection_->collector.snapshot() : nothing;
}

}  // namespace citus_init::web
