#include "citus_init/agent/member/member_agent.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/ha/backend/member_monitor.h"

#include "agent/certificate_watch.h"
#include "agent/member/disk_probe.h"
#include "agent/member/finding_watch.h"
#include "agent/member/init_files_loop.h"
#include "agent/member/known_members.h"
#include "agent/member/leader_backups.h"
#include "agent/member/leader_loop.h"
#include "agent/member/lease_watch.h"
#include "agent/member/member_own_connection.h"
#include "agent/member/member_peers.h"
#include "agent/member/member_probe.h"
#include "agent/member/monitor.h"

namespace citus_init::agent {

namespace {

using ha::MemberSnapshot;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kUntilReady{1'000};
constexpr milliseconds kWithFindings{5'000};
constexpr milliseconds kWhileReady{10'000};  // Patroni's loop_wait; a change is seen sooner

int failed(Reporter& reporter, const Error& error) {
    reporter.fatal(error);
    return static_cast<int>(error.code);
}

class MemberAgent {
  public:
    MemberAgent(const AgentContext& context, Reporter& reporter, ha::MemberMonitor& monitor)
        : context_(context),
          reporter_(reporter),
          monitor_(monitor),
          probe_(context, monitor),
          findings_(context.settings.patroni->ttl),
          leader_(context, monitor, probe_.local(), reporter),
          lease_(monitor, reporter),
          init_files_(context),
          peers_(context.settings, monitor, reporter),
          own_connection_(context),
          certificate_(context.settings, *context.connector, context.local_target(), reporter),
          backups_(context, reporter) {}

    int run() {
        for (auto pause = milliseconds::zero(); !reporter_.parent_gone_within(pause);) {
            if (reporter_.take_hold_request()) {
                reporter_.report(
                    status::TrafficReport{false, "with Patroni the leader hands over instead"});
            }
            if (reporter_.take_reload_request()) {
                certificate_.probe_soon();
                own_connection_.probe_soon();
            }
            pause = pass();
        }
        return 0;
    }

  private:
    void renew_certificate(const MemberSnapshot& snapshot) {
        const auto now = Clock::now();
        if (snapshot.facts && certificate_.due() && *certificate_.due() <= now) {
            certificate_.probe(now);
        }
        if (certificate_.take_reload()) {
            own_connection_.probe_soon();
        }
    }

    // Returns when the next pass is due.
    milliseconds pass() {
        MemberSnapshot snapshot = probe_.take_snapshot(monitor_.last_status(), lease_.lease());
        if (snapshot.members) {
            snapshot.missing_members = known_members_.missing_from(*snapshot.members);
        }
        const ha::Assessment assessment = monitor_.assess(snapshot);
        status::Condition waits_for = assessment.readiness;
        if (snapshot.status) {
            lease_.pass(snapshot, Clock::now());
        }
        if (snapshot.leads && snapshot.facts && !snapshot.facts->in_recovery) {
            leader_.pass(snapshot);
        }
        auto init_files =
            init_files_.pass(lead_of(snapshot), is_none(waits_for) && leader_.database_is_there());
        if (is_none(waits_for)) {
            waits_for = std::move(init_files);
        }
        if (auto failure = own_connection_.pass(snapshot); is_none(waits_for)) {
            waits_for = std::move(failure);
        }
        const bool is_ready = is_none(waits_for);
        reporter_.report(status::ReadinessReport{std::move(waits_for)});
        backups_.pass(snapshot, is_ready);
        reporter_.report(status::HandoverReport{
            snapshot.leads && !assessment.handover.empty()
                ? status::Condition{status::ConditionKind::no_handover, "", "", assessment.handover}
                : status::Condition()});
        if (is_ready && !prepared_) {
            report_prepared();
        }
        if (snapshot.leads && snapshot.group == 0) {
            probe_.probe_workers(snapshot);
        }
        const bool has_findings = report_membership(snapshot, assessment.group, is_ready);
        peers_.probe(snapshot, Clock::now());
        renew_certificate(snapshot);
        if (!is_ready) {
            return kUntilReady;
        }
        return has_findings ? kWithFindings : kWhileReady;
    }

    static InitFilesLoop::Lead lead_of(const MemberSnapshot& snapshot) {
        if (!snapshot.facts) {
            return InitFilesLoop::Lead::not_known;
        }
        if (snapshot.facts->in_recovery || snapshot.group != 0) {
            return InitFilesLoop::Lead::no;
        }
        return snapshot.leads && snapshot.facts->has_citus ? InitFilesLoop::Lead::yes
                                                           : InitFilesLoop::Lead::not_known;
    }

    void report_prepared() {
        const auto session = probe_.local().get();
        const auto server =
            session ? citus::read_server_facts(**session) : tl::unexpected(session.error());
        const auto membership =
            server ? citus::read_membership_facts(**session) : tl::unexpected(server.error());
        if (!membership) {
            probe_.local().drop();
            return;
        }
        citus::Preparation found;
        found.server = *server;
        found.membership = *membership;
        reporter_.report(node_report(found, context_.settings.citus.database));
        reporter_.report(status::Prepared());
        prepared_ = true;
    }

    // True: there is a finding, whether for long enough to be reported or not.
    bool report_membership(const MemberSnapshot& snapshot, const status::GroupStatus& group,
                           bool ready) {
        auto found = monitor_.findings_of(snapshot);
        if (init_files_.finding()) {
            found.push_back(*init_files_.finding());
        }
        if (const auto store = monitor_.probe_store(snapshot)) {
            found.push_back(*store);
        }
        if (const auto disk = inspect_disk(context_.settings.postgres.data_directory)) {
            found.push_back(*disk);
        }
        const auto news = findings_.take(found, Clock::now());
        status::Membership membership{ready};
        membership.group = group;
        for (const ha::Finding& finding : news.lasting) {
            membership.notes.push_back(
                {status::ConditionKind::degraded, finding.about, "", finding.what});
        }
        for (const ha::Finding& finding : news.unreported) {
            reporter_.warning(finding.what + ". " + finding.fix);
        }
        for (const std::string& ended : news.ended) {
            log::info("no more: {}", ended);
        }
        reporter_.report(membership);
        return !found.empty();
    }

    const AgentContext& context_;
    Reporter& reporter_;
    ha::MemberMonitor& monitor_;
    MemberProbe probe_;
    KnownMembers known_members_;
    FindingWatch findings_;
    LeaderLoop leader_;
    LeaseWatch lease_;
    InitFilesLoop init_files_;
    MemberPeers peers_;
    MemberOwnConnection own_connection_;
    CertificateWatch certificate_;
    bool prepared_ = false;
    LeaderBackups backups_;  // last: its threads use the others, so they end first
};

}  // namespace

int run_member_agent(const AgentContext& context, Reporter& reporter) {
    const auto monitor = make_monitor(context.settings);
    if (!monitor) {
        return failed(reporter, monitor.error());
    }
    MemberAgent agent(context, reporter, **monitor);
    const Status watched =
        (*monitor)->watch({[&reporter](const ha::Pulse& pulse) { reporter.report(pulse); },
                           [&reporter] { reporter.wake(); }});
    if (!watched) {
        return failed(reporter, watched.error());
    }
    return agent.run();
}

}  // namespace citus_init::agent
