#include "citus_init/backup/cluster/cluster_backup.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/archiver_facts.h"
#include "citus_init/backup/point_name.h"
#include "citus_init/backup/stanza.h"
#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/operator_limits.h"
#include "citus_init/citus/own_schema.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/sqlstate.h"

namespace citus_init::backup {

namespace {

constexpr std::chrono::seconds kStatementDeadline{130};

Error unavailable(const std::string& what, const citus::SqlError& error) {
    Error failure = citus::sql_failure(what, error);
    failure.code = ExitCode::unavailable;
    failure.message = one_line(failure.message);
    return failure;
}

}  // namespace

ClusterBackup::ClusterBackup(const ClusterAccess& access, Repository& repository,
                             Observer& observer)
    : access_(access), repository_(&repository), observer_(&observer) {
    for (auto* target : {&access_.coordinator, &access_.node}) {
        target->application_name = "citus-init backup on " + access.caller;
        target->statement_deadline = kStatementDeadline;
    }
}

Result<ClusterBackup> ClusterBackup::open(const ClusterAccess& access, Repository& repository,
                                          Observer& observer) {
    ClusterBackup cluster(access, repository, observer);
    CITUS_INIT_TRY(cluster.connect_coordinator());
    CITUS_INIT_TRY(cluster.find_groups());
    CITUS_INIT_TRY(cluster.connect_all());
    return cluster;
}

Status ClusterBackup::connect_coordinator() {
    auto session = access_.connector->connect(access_.coordinator);
    if (!session) {
        return fail(unavailable("cannot connect to the coordinator", session.error()));
    }
    coordinator_ = std::move(*session);
    if (const auto limited = citus::limit_operators_session(*coordinator_); !limited) {
        return fail(unavailable("cannot set up the session", limited.error()));
    }
    if (const auto ours = citus::check_own_schema(*coordinator_); !ours) {
        return fail(citus::sql_failure("cannot use what is there under our names", ours.error()));
    }
    const auto other = citus::hold_point_lock(*coordinator_);
    if (!other) {
        return fail(unavailable("cannot lock out other callers", other.error()));
    }
    if (*other) {
        return fail(ExitCode::locked,
                    fmt::format("another caller is at work on this cluster: {}. Wait for its end",
                                **other));
    }
    auto server = citus::read_point_server(*coordinator_);
    if (!server) {
        return fail(unavailable("cannot ask the coordinator", server.error()));
    }
    server_ = std::move(*server);
    return server_.in_recovery
               ? Status(fail(ExitCode::unavailable,
                             "the coordinator's server is in recovery: it starts, or it is not the "
                             "primary any more. Run the same verb again when it is ready"))
               : Status();
}

Status ClusterBackup::find_groups() {
    const auto stanza = [this](int group) { return stanza_name(repository_->settings(), group); };
    groups_.clear();
    groups_.push_back({0, "coordinator", stanza(0), access_.coordinator, nullptr});
    if (!access_.has_citus) {
        return {};
    }
    const auto cluster = citus::read_cluster(*coordinator_);
    if (!cluster) {
        return fail(unavailable("cannot read pg_dist_node", cluster.error()));
    }
    for (const auto& worker : cluster->workers) {
        if (!worker.active) {
            return fail(ExitCode::not_done,
                        fmt::format("the worker {} is registered, and not active: it would be "
                                    "missing. Activate it, or remove it (`citus-init remove {}`)",
                                    worker.address.text(), worker.address.text()));
        }
        auto target = access_.node;
        target.host = worker.address.host;
        target.port = worker.address.port;
        groups_.push_back({worker.group_id, worker.address.text(), stanza(worker.group_id),
                           std::move(target), nullptr});
    }
    std::sort(groups_.begin(), groups_.end(),
              [](const Group& one, const Group& other) { return one.number < other.number; });
    return {};
}

// Of a number that find_groups() has found.
ClusterBackup::Group& ClusterBackup::find_group(int number) {
    return *std::find_if(groups_.begin(), groups_.end(),
                         [&](const Group& group) { return group.number == number; });
}

std::vector<int> ClusterBackup::group_numbers() const {
    std::vector<int> numbers;
    for (const auto& group : groups_) {
        numbers.push_back(group.number);
    }
    return numbers;
}

Status ClusterBackup::connect(Group& group) {
    auto session = access_.connector->connect(group.target);
    if (!session) {
        return fail(unavailable(fmt::format("cannot connect to {}", group.node), session.error()));
    }
    if (const auto limited = citus::limit_operators_session(**session); !limited) {
        return fail(unavailable("cannot set up the session", limited.error()));
    }
    if (const auto ours = citus::check_own_schema(**session); !ours) {
        return fail(citus::sql_failure(
            fmt::format("cannot use what is on {} under our names", group.node), ours.error()));
    }
    const auto own = group.number == 0 ? citus::SqlResult<std::optional<int>>(std::nullopt)
                                       : read_group(**session);
    auto server = citus::read_point_server(**session);
    auto agent = citus::read_backup_agent(**session);
    if (!own || !server) {
        return fail(unavailable(fmt::format("cannot ask {}", group.node),
                                own ? server.error() : own.error()));
    }
    if (own->value_or(0) != group.number) {
        return fail(ExitCode::identity,
                    fmt::format("the server that answers as {} is of group {}, and {} is "
                                "registered: another node has its address",
                                group.node, own->value_or(0), group.number));
    }
    if (server->in_recovery) {
        return fail(ExitCode::unavailable,
                    fmt::format("the server of {} is in recovery: it starts, or it is not the "
                                "primary of group {} any more. Run the same verb again when "
                                "`citus-init status` shows a primary",
                                group.node, group.number));
    }
    if (!agent || agent->wake_file.empty()) {
        return fail(
            agent || agent.error().sqlstate == citus::sqlstate::kUndefinedTable ||
                    agent.error().sqlstate == citus::sqlstate::kInvalidSchemaName
                ? Error{ExitCode::not_done,
                        fmt::format("{} is not ready for backups yet: set CITUS_BACKUP=pgbackrest "
                                    "there as on every node, and see its `citus-init health`",
                                    group.node)}
                : unavailable(fmt::format("cannot ask {}", group.node), agent.error()));
    }
    group.server = std::move(*server);
    group.agent = std::move(*agent);
    group.session = std::move(*session);
    return {};
}

// A group's manager registers its new primary within seconds.
std::optional<Error> ClusterBackup::failover(const Group& group, const Error& failure) {
    const auto cluster = coordinator_ && access_.has_citus
                             ? citus::read_cluster(*coordinator_)
                             : citus::SqlResult<citus::Cluster>(citus::Cluster());
    const auto* now = cluster ? cluster->find_group(group.number) : nullptr;
    if (now == nullptr || group.number == 0 || now->address.text() == group.node) {
        return std::nullopt;
    }
    return Error{
        ExitCode::not_done,
        fmt::format("group {} has failed over from {} to {} meanwhile ({}). Run the same "
                    "verb again",
                    group.number, group.node, now->address.text(), one_line(failure.message))};
}

Status ClusterBackup::connect_all() {
    constexpr std::size_t kThreads = 16;
    std::vector<Status> ends(groups_.size());
    in_parallel(groups_.size(), kThreads, [&](std::size_t i) { ends[i] = connect(groups_[i]); });
    std::vector<std::string> reasons;
    std::optional<ExitCode> code;
    for (const auto& end : ends) {
        if (!end) {
            reasons.push_back(end.error().message);
            code = code == ExitCode::identity ? code : end.error().code;
        }
    }
    return code ? Status(fail(*code, join(reasons, "; ") + ". Nothing was begun")) : Status();
}

}  // namespace citus_init::backup
