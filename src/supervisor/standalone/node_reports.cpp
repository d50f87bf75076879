#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/place.h"
#include "citus_init/status/agent_protocol.h"

#include "supervisor/console.h"
#include "supervisor/standalone/bootstrap.h"
#include "supervisor/standalone/node_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

void NodeSupervisor::take_report(const status::Report& report) {
    switch (report.kind) {
        case status::ReportKind::alive:
            return reported();
        case status::ReportKind::prepared:
            return post(lifecycle::AgentPrepared{});
        case status::ReportKind::node:
            return take_node(report.text);
        case status::ReportKind::unfit:
            return take_unfit(report.text);
        case status::ReportKind::place:
            return take_place(report.text);
        case status::ReportKind::traffic:
            return take_traffic_answer(report.text);
        case status::ReportKind::readiness:
            waits_for_ = report.text;
            return publish();
        case status::ReportKind::own_connection:
            return take_own_connection(report.text);
        // Of a member that Patroni manages.
        case status::ReportKind::pulse:
        case status::ReportKind::lease:
        case status::ReportKind::handover:
        // Taken by Supervisor.
        case status::ReportKind::membership:
        case status::ReportKind::joined:
        case status::ReportKind::peers:
        case status::ReportKind::warning:
        case status::ReportKind::fatal:
            return;
    }
}

void NodeSupervisor::take_node(const std::string& json) {
    const bool had_login_role = node_.marker.has_login_role;
    remember_node(node_, json);
    if (node_.marker.has_login_role != had_login_role && pid_of(Child::server) != 0) {
        reconfigure("change who logs in over the Unix socket");
    }
}

void NodeSupervisor::take_traffic_answer(const std::string& why_not) {
    if (why_not.empty()) {
        log::info("the coordinator holds this node's traffic until it is back");
    } else {
        log::warning("the traffic of this node is not held while it stops: {}", why_not);
    }
    post(lifecycle::TrafficAnswered{});
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

void NodeSupervisor::take_unfit(const std::string& why) {
    if (std::exchange(node_.unfit, why).empty() != why.empty()) {
        if (why.empty()) {
            log::info("clients are let in again");
        } else {
            log::error("clients are shut out: {}", why);
        }
        reconfigure("change who is let in");
    }
    publish();
}

void NodeSupervisor::take_own_connection(const std::string& failure) {
    const std::string before = std::exchange(own_connection_, failure);
    if (before.empty() && !failure.empty()) {
        log::warning("{}", failure);
    } else if (!before.empty() && failure.empty() && !ready_unannounced_) {
        log::info("Citus can connect to its own node again");
    }
    announce_if_open();
    publish();
}

// Once, when the last of what keeps clients from using it is gone.
void NodeSupervisor::announce_if_open() {
    const bool is_open = node_.place.is_open && !opening_ && own_connection_.empty();
    if (is_open && std::exchange(ready_unannounced_, false)) {
        const bool reads_only = state().server_status == lifecycle::ServerStatus::standby_read_only;
        reads_only ? report_ready_for_reading() : report_ready();
    }
}

void NodeSupervisor::take_place(const std::string& json) {
    const auto report = status::place_report_from_json(json);
    if (!report) {
        return;
    }
    const node::Place before = std::exchange(node_.place, node::place_after(node_.place, *report));
    remember_place(node_, *report);
    if (state().prepared) {
        write_marker(node_);
    }
    if (node_.place.is_refused && !before.is_refused) {
        log::error("clients are shut out: {}", node_.place.reason);
    } else if (node_.place.is_open && !node_.place.is_confirmed && !before.reason.empty()) {
        log::warning("clients are let in, unconfirmed: {}", report->reason);
    } else if (!node_.place.is_open && node_.place.reason != before.reason) {
        log::warning("clients are not let in yet: {}", node_.place.reason);
    }
    if (node_.place.is_open != before.is_open || node_.place.is_confirmed != before.is_confirmed) {
        opening_ = node_.place.is_open && !before.is_open;
        reconfigure("change who is let in");
    }
    opening_ = opening_ && !report->is_applied;
    announce_if_open();
    publish();
}

}  // namespace citus_init::supervisor
