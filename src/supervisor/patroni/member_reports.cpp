#include <chrono>
#include <utility>
#include <variant>

#include "citus_init/base/log.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/status/report.h"

#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;

void MemberSupervisor::take_report(const status::Report& report) {
    std::visit([this](const auto& what) { take(what); }, report);
}

// The machine needs no more of it than whether there is something to wait for.
void MemberSupervisor::take(const status::ReadinessReport& report) {
    waits_for_ = report.condition;
    post(lifecycle::ReadinessReported{code_of(waits_for_.kind)});
}

void MemberSupervisor::take(const status::HandoverReport& report) {
    handover_ = report.condition;
    reported();
}

// It may have been changed in the configuration store since the start.
void MemberSupervisor::take(const ha::Lease& lease) {
    policy().store_timeout = ha::store_timeout_of(lease);
    const auto answer_timeout = ha::answer_timeout_of(lease);
    if (std::exchange(policy().answer_timeout, answer_timeout) != answer_timeout) {
        log::info(
            "ttl is {} s and loop_wait {} s in the configuration store: a primary whose "
            "Patroni does not answer for {} s is ended",
            lease.ttl.count(), lease.loop_wait.count(),
            std::chrono::ceil<std::chrono::seconds>(answer_timeout).count());
    }
    reported();
}

void MemberSupervisor::take(const ha::Pulse& pulse) {
    const bool was_paused = state().paused;
    post(lifecycle::PulseTaken{pulse});
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
