#include "citus_init/agent/patroni/member_agent.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/ha/rest_client.h"
#include "citus_init/http/client.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/node_name.h"
#include "citus_init/patroni/configuration.h"
#include "citus_init/patroni/rest_access.h"

#include "agent/certificate_watch.h"
#include "agent/patroni/disk_probe.h"
#include "agent/patroni/finding_watch.h"
#include "agent/patroni/init_files_loop.h"
#include "agent/patroni/known_members.h"
#include "agent/patroni/leader_loop.h"
#include "agent/patroni/lease_watch.h"
#include "agent/patroni/member_assessment.h"
#include "agent/patroni/member_own_connection.h"
#include "agent/patroni/member_peers.h"
#include "agent/patroni/member_probe.h"
#include "agent/patroni/pulse_watch.h"
#include "agent/patroni/store_watch.h"
#include "agent/patroni/stored_group_watch.h"

namespace citus_init::agent {

namespace {

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
    MemberAgent(const AgentContext& context, Reporter& reporter, ha::RestClient pulse_client,
                ha::RestClient client, ha::EtcdClient etcd, ha::EtcdClient group_etcd)
        : context_(context),
          reporter_(reporter),
          client_(std::move(client)),
          group_(std::move(group_etcd), *context.settings.patroni,
                 patroni::member_name(*context.settings.patroni, network::host_name())),
          probe_(context, client_, &group_),
          findings_(context.settings.patroni->ttl),
          leader_(context, client_, probe_.local(), reporter),
          lease_(client_, reporter, patroni::lease_of(*context.settings.patroni)),
          init_files_(context),
          store_(std::move(etcd), *context.settings.patroni),
          peers_(context.settings, client_, reporter),
          own_connection_(context),
          certificate_(context.settings, *context.connector, context.local_target(), reporter),
          pulse_(std::move(pulse_client), group_, reporter) {}

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
    void tend_certificate(const MemberSnapshot& snapshot) {
        const auto now = Clock::now();
        if (snapshot.facts && certificate_.due() && *certificate_.due() <= now) {
            certificate_.probe(now);
        }
        if (certificate_.take_reload()) {
            own_connection_.probe_soon();
            // Its REST API has the same one.
            const auto reloaded = client_.post("/reload", "");
            if (!reloaded) {
                reporter_.warning("cannot make Patroni read the new certificate: " +
                                  reloaded.error().message);
            }
        }
    }

    static status::Condition handover_of(const MemberSnapshot& snapshot) {
        const std::string trouble =
            snapshot.leads && snapshot.members
                ? patroni::handover_trouble(*snapshot.members, snapshot.synchronous_mode)
                : "";
        return trouble.empty()
                   ? status::Condition()
                   : status::Condition{status::ConditionKind::no_handover, "", "", trouble};
    }

    // Returns how long to wait before the next one.
    milliseconds pass() {
        const patroni::MemberStatus status = pulse_.last_status();
        MemberSnapshot snapshot = probe_.take_snapshot(
            status.state.empty() ? std::nullopt : std::optional(status), lease_.lease());
        if (snapshot.members) {
            snapshot.missing_members = known_members_.missing_from(*snapshot.members);
        }
        status::Condition waits_for =
            readiness_of(snapshot, *context_.settings.patroni, context_.settings.citus.database);
        if (snapshot.status) {
            lease_.pass(Clock::now());
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
        reporter_.report(status::HandoverReport{handover_of(snapshot)});
        if (is_ready && !prepared_) {
            report_prepared();
        }
        if (snapshot.leads && snapshot.group == 0) {
            probe_.probe_workers(snapshot);
        }
        const bool has_findings = report_membership(snapshot, is_ready);
        peers_.probe(snapshot, Clock::now());
        tend_certificate(snapshot);
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

    // True: something is not as it should be, whether for long enough to be reported or not.
    bool report_membership(const MemberSnapshot& snapshot, bool ready) {
        auto found = findings_of(snapshot, context_.settings.citus.has_mesh());
        if (init_files_.finding()) {
            found.push_back(*init_files_.finding());
        }
        if (const auto store = store_.probe(snapshot, Clock::now())) {
            found.push_back(*store);
        }
        if (const auto disk = inspect_disk(context_.settings.postgres.data_directory)) {
            found.push_back(*disk);
        }
        const auto news = findings_.take(found, Clock::now());
        status::Membership membership{ready};
        membership.group = group_status_of(snapshot);
        for (const Finding& finding : news.lasting) {
            membership.notes.push_back(
                {status::ConditionKind::degraded, finding.about, "", finding.what});
        }
        for (const Finding& finding : news.to_tell) {
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
    ha::RestClient client_;
    StoredGroupWatch group_;
    MemberProbe probe_;
    KnownMembers known_members_;
    FindingWatch findings_;
    LeaderLoop leader_;
    LeaseWatch lease_;
    InitFilesLoop init_files_;
    StoreWatch store_;
    MemberPeers peers_;
    MemberOwnConnection own_connection_;
    CertificateWatch certificate_;
    bool prepared_ = false;
    PulseWatch pulse_;  // last: its thread ends first
};

}  // namespace

int run_member_agent(const AgentContext& context, Reporter& reporter) {
    const auto access =
        patroni::own_rest_access(context.settings, node::node_name(context.settings.citus));
    auto pulse_client = http::Client::create();
    auto client = http::Client::create();
    auto etcd_client = http::Client::create();
    auto group_client = http::Client::create();
    for (const auto* each : {&pulse_client, &client, &etcd_client, &group_client}) {
        if (!*each) {
            return failed(reporter, each->error());
        }
    }
    return MemberAgent(context, reporter, ha::RestClient(std::move(*pulse_client), access),
                       ha::RestClient(std::move(*client), access),
                       ha::EtcdClient(std::move(*etcd_client), context.settings.patroni->etcd3),
                       ha::EtcdClient(std::move(*group_client), context.settings.patroni->etcd3))
        .run();
}

}  // namespace citus_init::agent
