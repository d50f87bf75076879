#include <utility>
#include <variant>

#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/place.h"
#include "citus_init/status/report.h"

#include "supervisor/console.h"
#include "supervisor/standalone/bootstrap.h"
#include "supervisor/standalone/node_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

void NodeSupervisor::take_report(const status::Report& report) {
    std::visit([this](const auto& what) { take(what); }, report);
}

void NodeSupervisor::take(const status::Alive& /*report*/) {
    reported();
}

void NodeSupervisor::take(const status::Prepared& /*report*/) {
    post(lifecycle::AgentPrepared{});
}

void NodeSupervisor::take(const status::NodeReport& report) {
    const bool had_login_role = node_.marker.has_login_role;
    remember_node(node_, report);
    if (node_.marker.has_login_role != had_login_role && pid_of(Child::server) != 0) {
        reconfigure("change who logs in over the Unix socket");
    }
}

void NodeSupervisor::take(const status::TrafficReport& report) {
    if (report.is_held) {
        log::info("the coordinator holds this node's traffic until it is back");
    } else {
        log::warning("the traffic of this node is not held while it stops: {}", report.error);
    }
    post(lifecycle::TrafficAnswered{});
}

void NodeSupervisor::take(const status::ReadinessReport& report) {
    waits_for_ = report.condition;
    publish();
}

void NodeSupervisor::take(const status::RecoveryReport& report) {
    recovery_ = report.progress;
    publish();
}

// Not as an effect: nothing depends on it but the server's next login.
void NodeSupervisor::peers_changed() {
    reconfigure("let the nodes' addresses in");
}

void NodeSupervisor::reconfigure(const char* what) {
    if (Status written = node::write_configuration(node_); !written) {
        log::error("cannot {}: {}", what, written.error().message);
        return;
    }
    Supervisor::execute(lifecycle::SendSignal{Child::server, Signal::hangup});
}

void NodeSupervisor::take(const status::UnfitReport& report) {
    const auto before = std::exchange(node_.unfit, report.condition);
    if (is_none(before) != is_none(node_.unfit)) {
        if (is_none(node_.unfit)) {
            log::info("clients are let in again");
        } else {
            log::error("clients are shut out: {}", text_of(node_.unfit));
        }
        reconfigure("change who is let in");
    }
    publish();
}

void NodeSupervisor::take(const status::OwnConnectionReport& report) {
    const auto before = std::exchange(own_connection_, report.condition);
    if (is_none(before) && !is_none(own_connection_)) {
        log::warning("{}", text_of(own_connection_));
    } else if (!is_none(before) && is_none(own_connection_) && !ready_unannounced_) {
        log::info("Citus can connect to its own node again");
    }
    announce_if_open();
    publish();
}

// Once, when the last of what keeps clients from using it is gone.
void NodeSupervisor::announce_if_open() {
    const bool is_open = node_.place.is_open && !opening_ && is_none(own_connection_);
    if (is_open && std::exchange(ready_unannounced_, false)) {
        const bool reads_only = state().server_status == lifecycle::ServerStatus::standby_read_only;
        reads_only ? report_ready_for_reading() : report_ready();
    }
}

void NodeSupervisor::take(const status::PlaceReport& report) {
    const node::Place before = std::exchange(node_.place, node::place_after(node_.place, report));
    place_ = report.state;
    remember_place(node_, report);
    if (state().prepared) {
        write_marker(node_);
    }
    if (node_.place.is_refused && !before.is_refused) {
        log::error("clients are shut out: {}", text_of(node_.place.condition));
    } else if (node_.place.is_open && !node_.place.is_confirmed && !is_none(before.condition)) {
        log::warning("clients are let in, unconfirmed: {}", text_of(report.condition));
    } else if (!node_.place.is_open && node_.place.condition != before.condition) {
        log::warning("clients are not let in yet: {}", text_of(node_.place.condition));
    }
    if (node_.place.is_open != before.is_open || node_.place.is_confirmed != before.is_confirmed) {
        opening_ = node_.place.is_open && !before.is_open;
        reconfigure("change who is let in");
    }
    opening_ = opening_ && !report.is_applied;
    announce_if_open();
    publish();
}

}  // namespace citus_init::supervisor
