#include "citus_init/citus/membership/held_workers.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"

#include "citus/membership/prober.h"

namespace citus_init::citus {

namespace {

constexpr std::size_t kMostThreads = 16;
constexpr std::chrono::milliseconds kRelockWait{1'000};

std::string first_reason(const std::vector<std::string>& reasons) {
    const auto first = std::find_if(reasons.begin(), reasons.end(),
                                    [](const auto& reason) { return !reason.empty(); });
    return first == reasons.end() ? std::string{} : *first;
}

// What came of one worker.
struct Answer {
    SqlResult<Candidate> candidate = tl::unexpected(SqlError{});
    std::optional<ShardProof> shards;
    std::optional<LeaderView> leader;
};

// Both must agree: the coordinator's catalogs that the node is theirs, the node that its
// coordinator is this server, asked over its own connection. Host names alone repeat from cluster
// to cluster.
SqlResult<bool> record_first_sight(Session& coordinator, const RegisteredNode& row,
                                   const Candidate& candidate, const CandidateFacts& own) {
    const auto leader = server_id_of_coordinator(*candidate.session);
    if (!leader || (!leader->empty() && *leader != own.membership->server_id)) {
        return false;
    }
    const auto written = write_record(
        coordinator, {row.node_id, row.group_id, row.address, identity_of(candidate.facts)});
    if (!written) {
        return tl::unexpected(written.error());
    }
    return true;
}

SqlResult<Candidate> lock_worker(Connector& connector, const RegisteredNode& row,
                                 const HeldWorkers::Settings& settings,
                                 std::unique_ptr<Session> open) {
    if (open) {
        auto candidate = lock_and_examine(std::move(open), LockMode::shared, settings.wait);
        if (candidate || is_held_by_another(candidate.error())) {
            return candidate;
        }
        // Restarted since, as it seems.
    }
    return lock_and_examine(connector, target_at(settings.target, row.address), LockMode::shared,
                            settings.wait);
}

Answer ask_worker(Connector& connector, const RegisteredNode& row,
                  const HeldWorkers::Settings& settings, const ShardNames* names,
                  const ServerRun& own, std::unique_ptr<Session> open) {
    Answer answer;
    answer.candidate = lock_worker(connector, row, settings, std::move(open));
    if (answer.candidate && names != nullptr) {
        auto proof = prove_shards(*answer.candidate->session, *names);
        if (proof) {
            answer.shards = *proof;
        } else {
            answer.candidate = tl::unexpected(proof.error());
        }
    }
    if (answer.candidate) {
        answer.leader = leader_of(*answer.candidate->session, row.address, own);
    }
    return answer;
}

SqlResult<std::map<int, ShardNames>> names_of(Session& coordinator,
                                              const std::vector<RegisteredNode>& rows) {
    std::map<int, ShardNames> names;
    for (const auto& row : rows) {
        auto read = read_shard_names(coordinator, row.group_id);
        if (!read) {
            return tl::unexpected(read.error());
        }
        names.emplace(row.group_id, std::move(*read));
    }
    return names;
}

// The coordinator's side, read for one hold.
struct View {
    ServerRun run;
    CandidateFacts own;
    Cluster cluster;
    std::vector<NodeRecord> records;
    StakesByGroup stakes;
};

SqlResult<View> read_view(Session& coordinator) {
    auto run = read_server_run(coordinator);
    auto server =
        run ? read_server_facts(coordinator) : SqlResult<ServerFacts>(tl::unexpected(run.error()));
    auto membership = server ? read_membership_facts(coordinator)
                             : SqlResult<MembershipFacts>(tl::unexpected(server.error()));
    auto cluster = membership ? read_cluster(coordinator)
                              : SqlResult<Cluster>(tl::unexpected(membership.error()));
    auto records = cluster ? read_records(coordinator)
                           : SqlResult<std::vector<NodeRecord>>(tl::unexpected(cluster.error()));
    auto stakes = records ? read_stakes(coordinator)
                          : SqlResult<StakesByGroup>(tl::unexpected(records.error()));
    if (!stakes) {
        return tl::unexpected(stakes.error());
    }
    return View{std::move(*run), CandidateFacts{std::move(*server), std::move(*membership)},
                std::move(*cluster), std::move(*records), std::move(*stakes)};
}

// Whether a proven worker knows more than the coordinator, or another one.
std::optional<Unproven> ahead_of(const RegisteredNode& row, const std::optional<LeaderView>& leader,
                                 const CandidateFacts& worker, const CatalogIds& issued) {
    auto refusal = led_by_another(row, leader);
    return refusal ? refusal : newer_than_coordinator(row, worker, issued);
}

// Why that worker may not be held, none where it may. Records it where it was not.
SqlResult<std::optional<Unproven>> refusal_of_worker(Session& coordinator,
                                                     const RegisteredNode& row,
                                                     const Answer& answer,
                                                     const CoordinatorView& view,
                                                     const CatalogIds& issued) {
    const auto& [candidate, shards, leader] = answer;
    const auto facts = candidate ? SqlResult<CandidateFacts>(candidate->facts)
                                 : SqlResult<CandidateFacts>(tl::unexpected(candidate.error()));
    auto refusal = unproven(row, facts, shards, view);
    if (refusal && refusal->why == Refusal::unrecorded && shards && shards->complete()) {
        const auto recorded = record_first_sight(coordinator, row, *candidate, view.own());
        if (!recorded) {
            return tl::unexpected(recorded.error());
        }
        if (*recorded) {
            refusal.reset();
        }
    }
    return refusal ? refusal : ahead_of(row, leader, *facts, issued);
}

}  // namespace

SqlResult<HeldWorkers> HeldWorkers::hold(Session& coordinator, Connector& connector,
                                         const Settings& settings) {
    auto read = read_view(coordinator);
    if (!read) {
        return tl::unexpected(read.error());
    }
    const CoordinatorView view(read->own, read->cluster, read->records, read->stakes);
    std::vector<RegisteredNode> rows;
    std::copy_if(read->cluster.workers.begin(), read->cluster.workers.end(),
                 std::back_inserter(rows), [](const auto& row) { return row.active; });
    auto names =
        settings.with_shards ? names_of(coordinator, rows) : SqlResult<std::map<int, ShardNames>>{};
    if (!names) {
        return tl::unexpected(names.error());
    }
    std::vector<std::unique_ptr<Session>> open(rows.size());
    for (std::size_t i = 0; settings.open_session && i < rows.size(); ++i) {
        open[i] = settings.open_session(rows[i].address);
    }
    std::vector<Answer> answers(rows.size());
    in_parallel(rows.size(), kMostThreads, [&](std::size_t i) {
        const auto wanted = names->find(rows[i].group_id);
        answers[i] = ask_worker(connector, rows[i], settings,
                                wanted == names->end() ? nullptr : &wanted->second, read->run,
                                std::move(open[i]));
    });
    const auto issued = read_issued_ids(coordinator);  // after the workers were read
    if (!issued) {
        return tl::unexpected(issued.error());
    }
    HeldWorkers held;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto refusal = refusal_of_worker(coordinator, rows[i], answers[i], view, *issued);
        if (!refusal) {
            return tl::unexpected(refusal.error());
        }
        if (*refusal) {
            held.unproven_.push_back(std::move(**refusal));
        } else {
            held.held_.push_back({rows[i].address, std::move(*answers[i].candidate)});
        }
    }
    return held;
}

SqlResult<std::optional<Unproven>> ahead_of_coordinator(Session& coordinator,
                                                        const RegisteredNode& row,
                                                        const Candidate& worker) {
    const auto run = read_server_run(coordinator);
    if (!run) {
        return tl::unexpected(run.error());
    }
    const auto leader = leader_of(*worker.session, row.address, *run);
    const auto issued = read_issued_ids(coordinator);
    if (!issued) {
        return tl::unexpected(issued.error());
    }
    return ahead_of(row, leader, worker.facts, *issued);
}

const Unproven* HeldWorkers::refusal_of(const HostPort& address) const {
    const auto found = std::find_if(unproven_.begin(), unproven_.end(), [&](const auto& refusal) {
        return refusal.address == address;
    });
    return found == unproven_.end() ? nullptr : &*found;
}

Session* HeldWorkers::session_on(const HostPort& address) const {
    const auto found = std::find_if(held_.begin(), held_.end(),
                                    [&](const auto& held) { return held.address == address; });
    return found == held_.end() ? nullptr : found->candidate.session.get();
}

const CandidateFacts* HeldWorkers::facts_of(const HostPort& address) const {
    const auto found = std::find_if(held_.begin(), held_.end(),
                                    [&](const auto& held) { return held.address == address; });
    return found == held_.end() ? nullptr : &found->candidate.facts;
}

void HeldWorkers::adopt(const HostPort& address, Candidate candidate) {
    held_.push_back({address, std::move(candidate)});
}

std::string HeldWorkers::missing_connection(const std::string& mark) const {
    std::vector<std::string> reasons(held_.size());
    in_parallel(held_.size(), kMostThreads, [&](std::size_t i) {
        reasons[i] = went_elsewhere(*held_[i].candidate.session, held_[i].address, mark);
    });
    return first_reason(reasons);
}

std::string HeldWorkers::recheck(Connector& connector, const ConnectionTarget& target) {
    std::vector<std::string> reasons(held_.size());
    in_parallel(held_.size(), kMostThreads, [&](std::size_t i) {
        auto& held = held_[i];
        auto now = examine(connector, target_at(target, held.address));
        if (!now) {
            return;
        }
        if (identity_of(now->facts) != identity_of(held.candidate.facts)) {
            reasons[i] = fmt::format("another server answers as {} than at the beginning",
                                     held.address.text());
        } else if (const auto alive = held.candidate.session->query("SELECT 1"); !alive) {
            const auto locked = lock_node(*now->session, LockMode::shared, kRelockWait);
            if (locked) {
                held.candidate = std::move(*now);
            } else {
                reasons[i] = fmt::format("{} cannot be held any more: {}", held.address.text(),
                                         locked.error().text());
            }
        }
    });
    return first_reason(reasons);
}

std::string went_elsewhere(Session& node, const HostPort& address, const std::string& mark) {
    if (mark.empty()) {
        return {};
    }
    const auto seen = has_connection(node, mark);
    if (!seen) {
        return fmt::format("{} cannot be asked any more: {}", address.text(), seen.error().text());
    }
    return *seen ? std::string{}
                 : fmt::format(
                       "Citus did not connect to the server that was inspected as {}: that "
                       "name leads to more than one server, or to another one than a "
                       "moment ago",
                       address.text());
}

}  // namespace citus_init::citus
