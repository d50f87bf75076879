#include "citus_init/citus/registration.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/node_conninfo.h"

#include "citus/retry_delay.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMemberCheck{60'000};
constexpr milliseconds kRefusedCheck{30'000};
constexpr milliseconds kShortestPause{50};

std::string one_line(const std::string& text) {
    return join(split(text, '\n'), "; ");
}

}  // namespace

WorkerRegistration::WorkerRegistration(Connector& connector, RegistrationSettings settings,
                                       Random random)
    : connector_(connector), settings_(std::move(settings)), random_(std::move(random)) {
    for (const auto& address : settings_.workers) {
        workers_.emplace_back().address = address;
    }
}

SqlResult<PassReport> WorkerRegistration::pass(Session& coordinator, Clock::time_point now) {
    auto cluster = read_cluster(coordinator);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    Pass pass{coordinator, now, {}, {}, false, {}};
    pass.view.cluster = std::move(*cluster);
    const bool any_due = std::any_of(workers_.begin(), workers_.end(),
                                     [&](const Worker& worker) { return is_due(worker, pass); });
    if (any_due) {
        if (auto done = work(pass); !done) {
            return tl::unexpected(done.error());
        }
    }
    conclude(pass);
    return std::move(pass.report);
}

SqlResult<void> WorkerRegistration::work(Pass& pass) {
    if (auto examined = examine_coordinator(pass); !examined) {
        return examined;
    }
    if (pass.view.own.server.in_recovery) {
        stopped_ = "this coordinator is a standby; only a primary registers workers";
        for (auto& worker : workers_) {
            worker.due = pass.now + settings_.interval;
        }
        return {};
    }
    std::vector<Worker*> due;
    for (auto& worker : workers_) {
        worker.probed.reset();
        if (is_due(worker, pass)) {
            due.push_back(&worker);
            probe(worker, pass);
        }
    }
    // Before anything is changed: the first change would overwrite the evidence.
    if (metadata_may_be_lost(pass)) {
        return {};
    }
    const auto renamed = settle_own_address(pass);
    if (!renamed) {
        return tl::unexpected(renamed.error());
    }
    for (Worker* worker : due) {
        if (*renamed && worker->probed) {
            probe(*worker, pass);
        }
    }
    for (Worker* worker : due) {
        if (auto handled = handle(*worker, pass); !handled) {
            return handled;
        }
    }
    return finish_upgrade(pass);
}

SqlResult<void> WorkerRegistration::examine_coordinator(Pass& pass) {
    auto server = read_server_facts(pass.coordinator);
    if (!server) {
        return tl::unexpected(server.error());
    }
    auto membership = read_membership_facts(pass.coordinator);
    if (!membership) {
        return tl::unexpected(membership.error());
    }
    pass.view.own = CandidateFacts{*server, *membership};
    const auto conninfo = pass.coordinator.query(statement::kNodeConninfo);
    if (!conninfo) {
        return tl::unexpected(conninfo.error());
    }
    settings_.worker_target.options =
        parse_conninfo(conninfo->at(0, 0)).value_or(std::map<std::string, std::string>{});
    const auto limited = pass.coordinator.query(statement::kMembershipPrologue);
    if (!limited) {
        return tl::unexpected(limited.error());
    }
    return {};
}

// A coordinator that knows no worker, while a worker knows a cluster: adding, or even naming,
// anything would make the workers' copies of the metadata, the only ones left, worthless.
bool WorkerRegistration::metadata_may_be_lost(Pass& pass) {
    stopped_.clear();
    if (!pass.view.cluster.workers.empty()) {
        return false;
    }
    const auto found = std::find_if(workers_.begin(), workers_.end(),
                                    [](const Worker& worker) { return worker.in_a_cluster; });
    if (found == workers_.end()) {
        return false;
    }
    stopped_ = fmt::format(
        "coordinator metadata lost? This coordinator knows no workers, but {} is a member of a "
        "cluster. Nothing is registered. Either restore this coordinator's data directory, or, if "
        "that worker belongs to another cluster, take it out of CITUS_WORKERS",
        found->address.text());
    for (auto& worker : workers_) {
        if (is_due(worker, pass)) {
            worker.standing = worker.in_a_cluster ? Standing::foreign : worker.standing;
            worker.due = pass.now + kRefusedCheck;
        }
    }
    if (std::exchange(found->warned, stopped_) != stopped_) {
        pass.report.warnings.push_back(stopped_);
    }
    return true;
}

// True also for a registered one that is not in pg_dist_node any more.
bool WorkerRegistration::is_due(const Worker& worker, const Pass& pass) const {
    return worker.due <= pass.now || (worker.standing == Standing::member &&
                                      pass.view.cluster.find(worker.address) == nullptr);
}

void WorkerRegistration::probe(Worker& worker, Pass& pass) {
    auto candidate = examine(connector_, target_of(worker.address));
    if (!candidate) {
        settle(worker, classify_unreachable(candidate.error()), pass);
        return;
    }
    worker.probed = std::move(*candidate);
    const auto& facts = worker.probed->facts;
    worker.in_a_cluster = facts.membership && facts.membership->group_id != 0;
    worker.identity.reset();
    if (facts.membership) {
        worker.identity = {facts.server.system_identifier, facts.membership->server_id};
    }
}

SqlResult<void> WorkerRegistration::handle(Worker& worker, Pass& pass) {
    if (!worker.probed) {
        return {};
    }
    auto classification = classify_now(worker, pass);
    if (classification.standing == Standing::fresh) {
        return add(worker, pass);
    }
    settle(worker, std::move(classification), pass);
    return {};
}

Classification WorkerRegistration::classify_now(const Worker& worker, Pass& pass) const {
    pass.view.known.clear();
    for (const auto& other : workers_) {
        if (other.identity && pass.view.cluster.find(other.address) != nullptr) {
            pass.view.known.push_back({other.address, *other.identity});
        }
    }
    return classify(worker.probed->facts, worker.address, pass.view);
}

void WorkerRegistration::settle(Worker& worker, Classification classification, Pass& pass) {
    if (classification.standing == Standing::unreachable ||
        classification.standing == Standing::not_ready) {
        retry_later(worker, classification.standing, std::move(classification.reason), pass);
        return;
    }
    worker.failures = 0;
    worker.conflicts = 0;
    worker.standing = classification.standing;
    worker.reason = std::move(classification.reason);
    const bool member = classification.standing == Standing::member;
    worker.due = pass.now + (member ? kMemberCheck : kRefusedCheck);
    warn(worker, pass);
}

void WorkerRegistration::retry_later(Worker& worker, Standing standing, std::string reason,
                                     Pass& pass) {
    worker.standing = standing;
    worker.reason = std::move(reason);
    worker.due = pass.now + backoff_delay(worker.failures++, random_());
    // Nodes of one cluster start together, so the first failure is nothing to speak of.
    if (worker.failures > 1) {
        warn(worker, pass);
    }
}

void WorkerRegistration::warn(Worker& worker, Pass& pass) {
    std::string warning;
    if (!worker.reason.empty()) {
        warning = fmt::format("worker {} ({}): {}", worker.address.text(),
                              standing_word(*worker.standing), worker.reason);
    }
    if (worker.warned == warning) {
        return;
    }
    worker.warned = warning;
    if (!warning.empty()) {
        pass.report.warnings.push_back(warning);
    }
}

void WorkerRegistration::conclude(Pass& pass) {
    std::size_t registered = 0;
    std::string troubles;
    auto next = pass.now + settings_.interval;
    for (auto& worker : workers_) {
        // Every session to a worker ends with the pass.
        worker.probed.reset();
        registered += pass.view.cluster.find(worker.address) != nullptr ? 1U : 0U;
        next = std::min(next, worker.due);
        if (worker.standing && !worker.reason.empty()) {
            troubles += fmt::format("; {} ({}): {}", worker.address.text(),
                                    standing_word(*worker.standing), one_line(worker.reason));
        }
    }
    pass.report.status = fmt::format("{} of {} workers registered", registered, workers_.size());
    pass.report.status += stopped_.empty() ? troubles : "; " + stopped_;
    pass.report.next_pass =
        std::max(std::chrono::ceil<milliseconds>(next - pass.now), kShortestPause);
}

ConnectionTarget WorkerRegistration::target_of(const NodeAddress& address) const {
    ConnectionTarget target = settings_.worker_target;
    target.host = address.host;
    target.port = address.port;
    return target;
}

}  // namespace citus_init::citus
