#include <csignal>

#include "citus_init/base/log.h"

#include "app/agent/agent_protocol.h"
#include "app/supervisor/bootstrap.h"
#include "app/supervisor/configuration.h"
#include "app/supervisor/supervisor.h"

namespace citus_init::app {

namespace lifecycle = postgres::lifecycle;

void Supervisor::agent_said(const std::string& line) {
    const auto report = parse_report(line);
    if (!report) {
        log::debug("the agent said something unknown: {}", line);
        return;
    }
    switch (report->kind) {
        case ReportKind::prepared:
            pump_.post(lifecycle::AgentPrepared{});
            return;
        case ReportKind::node:
            remember_node(node_, report->text);
            return;
        case ReportKind::membership:
            membership_ = report->text;
            return publish();
        case ReportKind::joined:
            joined_ = report->text == "yes";
            return publish();
        case ReportKind::unfit:
            unfit_ = report->text;
            return publish();
        case ReportKind::peers:
            take_peers(report->text);
            return;
        case ReportKind::traffic:
            traffic_answered(report->text);
            return;
        case ReportKind::pulse:
        case ReportKind::lease:
        case ReportKind::readiness:
            return;  // Patroni's, which this supervisor does not run
        case ReportKind::warning:
            log::warning("{}", report->text);
            return;
        case ReportKind::fatal:
            pump_.post(lifecycle::AgentFatal{report->code, report->text});
            return;
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
    if (!take_peer_addresses(node_, addresses)) {
        return;
    }
    if (Status written = write_configuration(node_); !written) {
        log::error("cannot let the nodes' addresses in: {}", written.error().message);
        return;
    }
    log::debug("nodes connect from {}", addresses);
    if (const auto server = pids_.find(Child::server); server != pids_.end()) {
        ::kill(server->second, SIGHUP);
    }
}

}  // namespace citus_init::app
