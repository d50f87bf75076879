#include <csignal>
#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/patroni/lease.h"
#include "citus_init/patroni/pulse.h"
#include "citus_init/status/agent_protocol.h"

#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;

void MemberSupervisor::take_agent_report(const std::string& line) {
    const auto report = status::parse_report(line);
    if (!report) {
        log::debug("the agent said something unknown: {}", line);
        return;
    }
    inspect_server();
    switch (report->kind) {
        case status::ReportKind::pulse:
            return take_pulse(report->text);
        case status::ReportKind::lease:
            take_lease(report->text);
            break;
        case status::ReportKind::readiness:
            return pump_.post(lifecycle::ReadinessTold{report->text});
        case status::ReportKind::handover:
            handover_trouble_ = report->text;
            break;
        case status::ReportKind::membership:
            membership_ = report->text;
            break;
        case status::ReportKind::joined:
            joined_ = report->text == "yes";
            break;
        case status::ReportKind::peers:
            take_peers(report->text);
            break;
        case status::ReportKind::warning:
            log::warning("{}", report->text);
            break;
        case status::ReportKind::fatal:
            return pump_.post(lifecycle::AgentFatal{report->code, report->text});
        case status::ReportKind::alive:
        case status::ReportKind::prepared:
        case status::ReportKind::node:
        case status::ReportKind::unfit:
        case status::ReportKind::own_connection:
        case status::ReportKind::place:
        case status::ReportKind::traffic:
            break;  // of a node without Patroni
    }
    pump_.post(lifecycle::AgentReported{});
    publish();
}

// It may have been changed in the configuration store since the start.
void MemberSupervisor::take_lease(const std::string& json) {
    const auto lease = patroni::lease_from_json(json);
    if (!lease) {
        return log::debug("the agent sent a lease that is none: {}", json);
    }
    pump_.policy().store_patience = patroni::store_patience_of(*lease);
    const auto patience = patroni::patience_of(*lease);
    if (std::exchange(pump_.policy().patience, patience) != patience) {
        log::info(
            "ttl is {} s and loop_wait {} s in the configuration store: a primary whose "
            "Patroni does not answer for {} s is ended",
            lease->ttl.count(), lease->loop_wait.count(),
            std::chrono::ceil<std::chrono::seconds>(patience).count());
    }
}

void MemberSupervisor::take_pulse(const std::string& json) {
    const auto pulse = patroni::pulse_from_json(json);
    if (!pulse) {
        log::debug("the agent sent a pulse that is none: {}", json);
        return;
    }
    const bool was_paused = pump_.state().paused;
    pump_.post(lifecycle::PulseTaken{*pulse});
    if (pump_.state().paused != was_paused) {
        log::info("{}", was_paused ? "Patroni is paused no more: the watchdog is on again"
                                   : "Patroni is paused: the watchdog does nothing");
    }
}

// Not as an effect: nothing depends on it but the next login of a node.
void MemberSupervisor::take_peers(const std::string& addresses) {
    if (!node::take_peer_addresses(member_.node, addresses)) {
        return;
    }
    if (Status written = write_member_configuration(member_); !written) {
        log::error("cannot let the nodes' addresses in: {}", written.error().message);
        return;
    }
    log::debug("nodes connect from {}", addresses);
    if (const auto patroni = pids_.find(Child::patroni); patroni != pids_.end()) {
        ::kill(patroni->second, SIGHUP);
    }
}

}  // namespace citus_init::supervisor
