#include <csignal>
#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/place.h"
#include "citus_init/status/agent_protocol.h"

#include "supervisor/bootstrap.h"
#include "supervisor/console.h"
#include "supervisor/supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

void Supervisor::take_agent_report(const std::string& line) {
    const auto report = status::parse_report(line);
    if (!report) {
        log::debug("the agent said something unknown: {}", line);
        return;
    }
    switch (report->kind) {
        case status::ReportKind::alive:
            pump_.post(lifecycle::AgentAlive{});
            return;
        case status::ReportKind::prepared:
            pump_.post(lifecycle::AgentPrepared{});
            return;
        case status::ReportKind::node:
            return take_node(report->text);
        case status::ReportKind::membership:
            membership_ = report->text;
            return publish();
        case status::ReportKind::joined:
            joined_ = report->text == "yes";
            return publish();
        case status::ReportKind::unfit:
            return take_unfit(report->text);
        case status::ReportKind::place:
            return take_place(report->text);
        case status::ReportKind::peers:
            take_peers(report->text);
            return;
        case status::ReportKind::traffic:
            traffic_answered(report->text);
            return;
        case status::ReportKind::readiness:
            waits_for_ = report->text;
            return publish();
        case status::ReportKind::own_connection:
            return take_own_connection(report->text);
        case status::ReportKind::pulse:
        case status::ReportKind::lease:
        case status::ReportKind::handover:
            return;  // Patroni's, which this supervisor does not run
        case status::ReportKind::warning:
            log::warning("{}", report->text);
            return;
        case status::ReportKind::fatal:
            pump_.post(lifecycle::AgentFatal{report->code, report->text});
            return;
    }
}

void Supervisor::take_node(const std::string& json) {
    const bool had_login_role = node_.marker.has_login_role;
    remember_node(node_, json);
    if (node_.marker.has_login_role != had_login_role && pids_.contains(Child::server)) {
        reconfigure("change who logs in over the Unix socket");
    }
}

void Supervisor::traffic_answered(const std::string& why_not) {
    if (why_not.empty()) {
        log::info("the coordinator holds this node's traffic until it is back");
    } else {
        log::warning("the traffic of this node is not held while it stops: {}", why_not);
    }
    pump_.post(lifecycle::TrafficAnswered{});
}

// Not as an effect: nothing depends on it but the server's next login.
void Supervisor::take_peers(const std::string& addresses) {
    if (!node::take_peer_addresses(node_, addresses)) {
        return;
    }
    log::debug("nodes connect from {}", addresses);
    reconfigure("let the nodes' addresses in");
}

void Supervisor::reconfigure(const char* what) {
    if (Status written = node::write_configuration(node_); !written) {
        log::error("cannot {}: {}", what, written.error().message);
        return;
    }
    if (const auto server = pids_.find(Child::server); server != pids_.end()) {
        ::kill(server->second, SIGHUP);
    }
}

void Supervisor::take_unfit(const std::string& why) {
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

void Supervisor::take_own_connection(const std::string& failure) {
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
void Supervisor::announce_if_open() {
    const bool is_open = node_.place.is_open && !opening_ && own_connection_.empty();
    if (is_open && std::exchange(ready_unannounced_, false)) {
        report_how_it_is_ready();
    }
}

void Supervisor::report_how_it_is_ready() const {
    if (pump_.state().server_status == lifecycle::ServerStatus::standby_read_only) {
        report_ready_for_reading();
    } else {
        report_ready();
    }
}

void Supervisor::take_place(const std::string& json) {
    const auto report = status::place_report_from_json(json);
    if (!report) {
        return;
    }
    const node::Place before = std::exchange(node_.place, node::place_after(node_.place, *report));
    remember_place(node_, *report);
    if (pump_.state().prepared) {
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
