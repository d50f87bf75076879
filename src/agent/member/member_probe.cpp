#include "agent/member/member_probe.h"

#include <chrono>
#include <utility>

#include "citus_init/base/text.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/sqlstate.h"

namespace citus_init::agent {

using ha::MemberSnapshot;

namespace {

constexpr std::chrono::minutes kOldTransaction{5};
constexpr std::chrono::milliseconds kStatementDeadline{10'000};

citus::ConnectionTarget local_target(const AgentContext& context) {
    citus::ConnectionTarget target = context.local_target();
    target.statement_deadline = kStatementDeadline;
    return target;
}

}  // namespace

MemberProbe::MemberProbe(const AgentContext& context, ha::MemberMonitor& monitor)
    : context_(context), monitor_(monitor), local_(*context.connector, local_target(context)) {}

MemberSnapshot MemberProbe::take_snapshot(std::optional<ha::MemberStatus> status,
                                          const ha::Lease& lease) {
    MemberSnapshot snapshot = monitor_.probe(std::move(status), lease);
    ask_server(snapshot);
    return snapshot;
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
    auto facts =
        citus::read_member_facts(**session, kOldTransaction, context_.settings.patroni->ttl);
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
        ha::WorkerAnswer answer;
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
