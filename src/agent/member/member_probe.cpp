#include "agent/member/member_probe.h"

#include <utility>

#include "citus_init/base/text.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/sqlstate.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/network/node_names.h"

namespace citus_init::agent {

namespace {

constexpr std::chrono::minutes kOldTransaction{5};
constexpr std::chrono::milliseconds kStatementDeadline{10'000};
constexpr int kOk = 200;

citus::ConnectionTarget local_target(const AgentContext& context) {
    citus::ConnectionTarget target = context.local_target();
    target.statement_deadline = kStatementDeadline;
    return target;
}

}  // namespace

MemberProbe::MemberProbe(const AgentContext& context, ha::RestClient& rest,
                         const StoredGroupWatch* group)
    : context_(context),
      settings_(*context.settings.patroni),
      rest_(rest),
      group_(group),
      local_(*context.connector, local_target(context)),
      name_(patroni::member_name(settings_, network::host_name())) {}

MemberSnapshot MemberProbe::take_snapshot(std::optional<patroni::MemberStatus> status,
                                          const patroni::Lease& lease) {
    MemberSnapshot snapshot;
    snapshot.name = name_;
    snapshot.group = settings_.group;
    snapshot.status = std::move(status);
    snapshot.synchronous_mode = lease.synchronous_mode;
    if (snapshot.status) {
        snapshot.without_store = is_without_store(*snapshot.status, lease);
        if (group_ != nullptr && snapshot.status->role == patroni::MemberRole::primary) {
            snapshot.stored = group_->group(StoredGroupWatch::Clock::now());
        }
        snapshot.members = members(snapshot);
        snapshot.leads =
            snapshot.status->role == patroni::MemberRole::primary && holds_key(snapshot);
        // A leader is what Patroni calls ready.
        snapshot.readiness = snapshot.leads ? kOk : status_of("/readiness");
        snapshot.never_made = was_never_made(snapshot);
    }
    ask_server(snapshot);
    return snapshot;
}

std::optional<patroni::GroupView> MemberProbe::members(const MemberSnapshot& snapshot) {
    if (snapshot.stored) {
        return snapshot.stored->members;
    }
    // Patroni reads the store for /cluster, and a primary's dcs_last_seen would be young then: see
    // StoredGroupWatch.
    const bool would_deceive = group_ != nullptr && group_->has_read();
    if (snapshot.without_store || would_deceive) {
        return std::nullopt;
    }
    const auto members = rest_.get("/cluster");
    return members ? patroni::parse_group_view(members->body) : std::nullopt;
}

bool MemberProbe::holds_key(const MemberSnapshot& snapshot) {
    if (snapshot.members) {
        const auto* leader = snapshot.members->leader();
        return leader != nullptr && leader->name == name_;
    }
    return status_of("/primary") == kOk;
}

// Patroni writes the configuration once the group's first member has been made.
bool MemberProbe::was_never_made(const MemberSnapshot& snapshot) {
    constexpr int kNothingThere = 502;
    return !snapshot.status->role && snapshot.members && snapshot.members->leader() == nullptr &&
           status_of("/config") == kNothingThere;
}

std::optional<int> MemberProbe::status_of(const std::string& path) {
    const auto response = rest_.get(path);
    return response ? std::optional(response->status) : std::nullopt;
}

bool MemberProbe::is_without_store(const patroni::MemberStatus& status,
                                   const patroni::Lease& lease) const {
    // Patroni reads the store every loop_wait, and retries for retry_timeout.
    const auto longest = 2 * lease.loop_wait + settings_.retry_timeout;
    return status.failsafe_active ||
           (status.dcs_last_seen != 0 && status.asked_at - status.dcs_last_seen > longest.count());
}

void MemberProbe::ask_server(MemberSnapshot& snapshot) {
    // A second time where the session that there was is of a server that has been restarted.
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto read = read_server(snapshot);
        if (read) {
            snapshot.server_trouble.clear();
            return;
        }
        local_.drop();
        snapshot.database_is_missing =
            read.error().sqlstate == citus::sqlstate::kInvalidCatalogName;
        snapshot.server_trouble = one_line(read.error().text());
    }
}

citus::SqlResult<void> MemberProbe::read_server(MemberSnapshot& snapshot) {
    const auto session = local_.get();
    if (!session) {
        return tl::unexpected(session.error());
    }
    auto facts = citus::read_member_facts(**session, kOldTransaction, settings_.ttl);
    if (!facts) {
        return tl::unexpected(facts.error());
    }
    if (facts->has_citus) {
        auto cluster = citus::read_cluster(**session);
        if (!cluster) {
            return tl::unexpected(cluster.error());
        }
        snapshot.cluster = std::move(*cluster);
    }
    snapshot.facts = std::move(*facts);
    return {};
}

void MemberProbe::probe_workers(MemberSnapshot& snapshot) {
    const auto session = local_.get();
    if (!session || !snapshot.cluster) {
        return;
    }
    const auto options = citus::read_node_conninfo(**session);
    if (!options) {
        local_.drop();
        return;
    }
    for (const auto& worker : snapshot.cluster->workers) {
        citus::ConnectionTarget target = context_.node_target();
        target.host = worker.address.host;
        target.port = worker.address.port;
        target.options = *options;
        target.statement_deadline = kStatementDeadline;
        WorkerAnswer answer;
        const auto opened = context_.connector->connect(target);
        const auto facts = opened ? (*opened)->query("SELECT pg_catalog.pg_is_in_recovery()")
                                  : citus::SqlResult<citus::Rows>(tl::unexpected(opened.error()));
        if (facts) {
            answer.in_recovery = facts->is_true(0, 0);
        } else {
            answer.trouble = one_line(facts.error().text());
        }
        snapshot.workers.emplace(worker.group_id, std::move(answer));
    }
}

}  // namespace citus_init::agent
