#include "citus_init/ha/patroni/client/monitor.h"

#include <chrono>
#include <optional>
#include <utility>

#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/ha/patroni/rest_access.h"
#include "citus_init/ha/patroni/rest_answers.h"

#include "ha/patroni/client/dcs_reconciler.h"
#include "ha/patroni/client/pulse_watch.h"
#include "ha/patroni/client/rest_client.h"
#include "ha/patroni/client/store_watch.h"
#include "ha/patroni/client/stored_group_watch.h"
#include "ha/patroni/member_assessment.h"
#include "ha/patroni/member_findings.h"

namespace citus_init::patroni {

namespace {

using ha::MemberRole;
using ha::MemberSnapshot;
using ha::MemberStatus;

constexpr int kReady = 200;  // of the REST API: what was asked for is so

class Monitor final : public ha::MemberMonitor {
  public:
    Monitor(const settings::Settings& settings, RestAccess access, std::string name,
            http::Client client)
        : settings_(settings),
          patroni_(*settings.patroni),
          access_(std::move(access)),
          name_(std::move(name)),
          rest_(std::move(client), access_),
          reconciler_(rest_, patroni_) {}

    // --- Probe ---

    std::optional<MemberStatus> status() override { return rest_.status(); }
    std::string liveness_trouble() override;
    MemberSnapshot probe(std::optional<MemberStatus> status, const ha::Lease& lease) override;
    ha::Lease configured_lease() const override { return lease_of(patroni_); }
    std::optional<ha::Lease> read_lease() override;
    ha::GroupAnswer group() override { return view_in(rest_.get("/cluster")); }
    ha::GroupAnswer group_at(const std::string& host) override {
        return view_in(rest_.get_of(host, "/cluster"));
    }
    ha::GroupAnswer group_of(const ha::GroupMember& member) override {
        return view_in(rest_.get_at(member.rest_url, "/cluster"));
    }
    std::map<int, ha::StoredGroup> stored_groups() override;
    std::optional<ha::Finding> probe_store(const MemberSnapshot& snapshot) override;

    // --- Assess ---

    ha::Assessment assess(const MemberSnapshot& snapshot) const override {
        return {
            readiness_of(snapshot, patroni_, settings_.citus.database), group_status_of(snapshot),
            snapshot.members ? handover_trouble(*snapshot.members, snapshot.synchronous_mode) : ""};
    }
    std::vector<ha::Finding> findings_of(const MemberSnapshot& snapshot) const override {
        return patroni::findings_of(snapshot, settings_.citus.has_mesh());
    }

    // --- Watch, change ---

    Status watch(Watcher watcher) override;
    std::optional<MemberStatus> last_status() override;
    void reconcile_configuration(const std::function<void(const std::string&)>& warning) override {
        reconciler_.pass(warning);
    }

  private:
    static ha::GroupAnswer view_in(const Result<http::Response>& response);
    std::optional<ha::GroupView> members(const MemberSnapshot& snapshot);
    std::optional<int> status_of(const std::string& path);
    bool holds_key(const MemberSnapshot& snapshot);
    bool was_never_made(const MemberSnapshot& snapshot);
    bool is_without_store(const MemberStatus& status, const ha::Lease& lease) const;

    const settings::Settings& settings_;
    const settings::PatroniSettings& patroni_;
    RestAccess access_;
    std::string name_;  // of the member
    RestClient rest_;
    DcsReconciler reconciler_;
    std::optional<StoreWatch> store_;
    // Since watch(). The last one's thread uses the other, so it ends first.
    std::optional<StoredGroupWatch> group_;
    std::optional<PulseWatch> pulse_;
};

std::string Monitor::liveness_trouble() {
    const auto liveness = rest_.get("/liveness");
    if (!liveness) {
        return liveness.error().code == ExitCode::unavailable
                   ? "Patroni does not answer: " + liveness.error().message
                   : "";
    }
    const auto answer = answer_of(liveness->status, rest_.status().value_or(MemberStatus{}));
    return answer == ha::Answer::stuck ? "Patroni's loop stands still" : "";
}

std::optional<ha::Lease> Monitor::read_lease() {
    const auto store = rest_.get("/config");
    auto lease = store && store->is_ok() ? ha::lease_from_json(store->body) : std::nullopt;
    if (lease && pulse_) {
        pulse_->set_lease(*lease);
    }
    return lease;
}

ha::GroupAnswer Monitor::view_in(const Result<http::Response>& response) {
    if (!response) {
        return fail(response.error());
    }
    return parse_group_view(response->body);
}

std::map<int, ha::StoredGroup> Monitor::stored_groups() {
    auto client = http::Client::create();
    if (!client) {
        return {};
    }
    const std::string prefix = store_prefix(patroni_.namespace_path, patroni_.scope);
    const auto entries = EtcdClient(std::move(*client), patroni_.etcd3).read(prefix);
    return patroni::stored_groups(entries.value_or(std::vector<StoreEntry>{}), prefix);
}

std::optional<ha::Finding> Monitor::probe_store(const MemberSnapshot& snapshot) {
    return store_ ? store_->probe(snapshot.without_store, std::chrono::steady_clock::now())
                  : std::nullopt;
}

// --- The snapshot ---

MemberSnapshot Monitor::probe(std::optional<MemberStatus> status, const ha::Lease& lease) {
    MemberSnapshot snapshot;
    snapshot.name = name_;
    snapshot.group = patroni_.group;
    snapshot.status = std::move(status);
    snapshot.synchronous_mode = lease.synchronous_mode;
    if (snapshot.status) {
        snapshot.without_store = is_without_store(*snapshot.status, lease);
        if (group_ && snapshot.status->role == MemberRole::primary) {
            snapshot.stored = group_->group(StoredGroupWatch::Clock::now());
        }
        snapshot.members = members(snapshot);
        snapshot.leads = snapshot.status->role == MemberRole::primary && holds_key(snapshot);
        // A leader is what Patroni calls ready.
        snapshot.is_ready = snapshot.leads || status_of("/readiness") == kReady;
        snapshot.never_made = was_never_made(snapshot);
    }
    return snapshot;
}

std::optional<ha::GroupView> Monitor::members(const MemberSnapshot& snapshot) {
    if (snapshot.stored) {
        return snapshot.stored->members;
    }
    // Patroni reads the store for /cluster, and a primary's dcs_last_seen would be young then: see
    // StoredGroupWatch.
    const bool would_deceive = group_ && group_->has_read();
    if (snapshot.without_store || would_deceive) {
        return std::nullopt;
    }
    return group().value_or(std::nullopt);
}

bool Monitor::holds_key(const MemberSnapshot& snapshot) {
    if (snapshot.members) {
        const auto* leader = snapshot.members->leader();
        return leader != nullptr && leader->name == name_;
    }
    return status_of("/primary") == kReady;
}

// Patroni writes the configuration once the group's first member has been made.
bool Monitor::was_never_made(const MemberSnapshot& snapshot) {
    constexpr int kNothingThere = 502;
    return !snapshot.status->role && snapshot.members && snapshot.members->leader() == nullptr &&
           status_of("/config") == kNothingThere;
}

std::optional<int> Monitor::status_of(const std::string& path) {
    const auto response = rest_.get(path);
    return response ? std::optional(response->status) : std::nullopt;
}

bool Monitor::is_without_store(const MemberStatus& status, const ha::Lease& lease) const {
    // Patroni reads the store every loop_wait, and retries for retry_timeout.
    const auto longest = 2 * lease.loop_wait + patroni_.retry_timeout;
    return status.failsafe_active ||
           (status.dcs_last_seen != 0 && status.asked_at - status.dcs_last_seen > longest.count());
}

// --- Watch, change ---

Status Monitor::watch(Watcher watcher) {
    auto pulse_client = http::Client::create();
    auto group_client = http::Client::create();
    auto store_client = http::Client::create();
    for (const auto* each : {&pulse_client, &group_client, &store_client}) {
        if (!*each) {
            return fail(each->error());
        }
    }
    store_.emplace(EtcdClient(std::move(*store_client), patroni_.etcd3), patroni_);
    group_.emplace(EtcdClient(std::move(*group_client), patroni_.etcd3), patroni_, name_);
    pulse_.emplace(RestClient(std::move(*pulse_client), access_), *group_, configured_lease(),
                   std::move(watcher));
    return {};
}

std::optional<MemberStatus> Monitor::last_status() {
    auto status = pulse_ ? pulse_->last_status() : MemberStatus{};
    return status.state.empty() ? std::nullopt : std::optional(std::move(status));
}

}  // namespace

Result<std::unique_ptr<ha::MemberMonitor>> make_monitor(const settings::Settings& settings,
                                                        const std::string& node_host,
                                                        const std::string& host_name) {
    auto client = http::Client::create();
    if (!client) {
        return fail(client.error());
    }
    return std::make_unique<Monitor>(settings, own_rest_access(settings, node_host),
                                     member_name(*settings.patroni, host_name), std::move(*client));
}

}  // namespace citus_init::patroni
