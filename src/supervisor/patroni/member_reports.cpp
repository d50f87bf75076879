#include <chrono>
#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/status/agent_protocol.h"

#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;

void MemberSupervisor::take_report(const status::Report& report) {
    switch (report.kind) {
        case status::ReportKind::pulse:
            return take_pulse(report.text);
        case status::ReportKind::readiness:
            return post(lifecycle::ReadinessReported{report.text});
        case status::ReportKind::lease:
            take_lease(report.text);
            return reported();
        case status::ReportKind::handover:
            handover_trouble_ = report.text;
            return reported();
        case status::ReportKind::alive:
        case status::ReportKind::prepared:
        case status::ReportKind::node:
        case status::ReportKind::unfit:
        case status::ReportKind::own_connection:
        case status::ReportKind::place:
        case status::ReportKind::traffic:
            return reported();  // of a node without Patroni
        case status::ReportKind::membership:
        case status::ReportKind::joined:
        case status::ReportKind::peers:
        case status::ReportKind::warning:
        case status::ReportKind::fatal:
            return;  // taken by Supervisor
    }
}

// It may have been changed in the configuration store since the start.
void MemberSupervisor::take_lease(const std::string& json) {
    const auto lease = ha::lease_from_json(json);
    if (!lease) {
        return log::debug("not a lease: {}", json);
    }
    policy().store_timeout = ha::store_timeout_of(*lease);
    const auto answer_timeout = ha::answer_timeout_of(*lease);
    if (std::exchange(policy().answer_timeout, answer_timeout) != answer_timeout) {
        log::info(
            "ttl is {} s and loop_wait {} s in the configuration store: a primary whose "
            "Patroni does not answer for {} s is ended",
            lease->ttl.count(), lease->loop_wait.count(),
            std::chrono::ceil<std::chrono::seconds>(answer_timeout).count());
    }
}

void MemberSupervisor::take_pulse(const std::string& json) {
    const auto pulse = ha::pulse_from_json(json);
    if (!pulse) {
        log::debug("not a pulse: {}", json);
        return;
    }
    const bool was_paused = state().paused;
    post(lifecycle::PulseTaken{*pulse});
    if (state().paused != was_paused) {
        log::info("{}", was_paused ? "Patroni is no longer paused: the watchdog is on again"
                                   : "Patroni is paused: the watchdog does nothing");
    }
}

// Not as an effect: nothing depends on it but the next login of a node.
void MemberSupervisor::peers_changed() {
    if (Status written = write_member_configuration(member_); !written) {
        log::error("cannot let the nodes' addresses in: {}", written.error().message);
        return;
    }
    execute(lifecycle::SendSignal{Child::patroni, Signal::hangup});
}

}  // namespace citus_init::supervisor
