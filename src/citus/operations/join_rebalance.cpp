#include "citus_init/citus/operations/join_rebalance.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/operations/shard_moves.h"

#include "citus/join_statements.h"
#include "citus/row_values.h"

namespace citus_init::citus {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kFirstPause{30'000};
constexpr milliseconds kLongestPause{600'000};

SqlResult<std::vector<std::string>> read_joined(Session& coordinator) {
    const auto there = ask(coordinator, statement::kHasJoined);
    if (!there) {
        return tl::unexpected(there.error());
    }
    std::vector<std::string> joined;
    if (!*there) {
        return joined;
    }
    const auto rows = coordinator.query(statement::kJoined);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        joined.push_back(rows->at(row, 0));
    }
    return joined;
}

// Who has to come or come back first, "" = nobody.
std::string waits_for(const PassReport& pass) {
    for (const auto& node : pass.nodes) {
        const bool is_registered = node.node_id != 0;
        // One that is kept out for longer is not waited for.
        const bool joins = !is_registered && node.state == NodeState::adding && !node.alarm;
        if (joins || (is_registered && !takes_part(node.state))) {
            return fmt::format("{} ({})", node.address.text(), state_name(node.state));
        }
    }
    return {};
}

std::string message_of(const MoveJob& job) {
    const auto said = std::find_if(job.running.begin(), job.running.end(),
                                   [](const auto& move) { return !move.message.empty(); });
    return said == job.running.end() ? "" : said->command + ": " + said->message;
}

}  // namespace

SqlResult<JoinRebalanceReport> JoinRebalance::probe(Session& coordinator, const PassReport& pass,
                                                    TimePoint now) {
    if (pass.joined > 0) {
        try_anew();
        last_join_ = now;
        is_read_ = false;
    }
    if (!is_read_) {
        auto joined = read_joined(coordinator);
        if (!joined) {
            return tl::unexpected(joined.error());
        }
        wanted_ = std::move(*joined);
        is_read_ = true;
    }
    if (job_) {
        return watch(coordinator, now);
    }
    if (wanted_.empty()) {
        return Report{};
    }
    if (given_up_ || (again_ && now < *again_)) {
        Report report;
        report.status = trouble_;
        report.next_probe = given_up_
                                ? std::nullopt
                                : std::optional(std::chrono::ceil<milliseconds>(*again_ - now));
        return report;
    }
    const bool may_act = !pass.read_only_pass && pass.stopped.empty();
    if (const std::string who = waits_for(pass); !who.empty() || !may_act) {
        return waiting(who.empty() ? "until this server may be written to" : "for " + who);
    }
    if (last_join_ && now - *last_join_ < interval_) {
        return waiting("for others that may join");
    }
    return begin(coordinator, now);
}

void JoinRebalance::try_anew() {
    attempts_ = 0;
    again_.reset();
    given_up_ = false;
    trouble_.clear();
}

SqlResult<JoinRebalanceReport> JoinRebalance::begin(Session& coordinator, TimePoint now) {
    const auto other = unfinished_background_job(coordinator);
    if (!other) {
        return failed(coordinator, other.error(), now);
    }
    if (*other) {
        return waiting(fmt::format("for the background job {}, which runs", **other));
    }
    const auto moves = has_moves_to_make(coordinator);
    if (!moves) {
        return failed(coordinator, moves.error(), now);
    }
    covered_ = wanted_;
    if (!*moves) {
        return settle(coordinator, {});
    }
    const auto obstacles = obstacles_to_online_moves(coordinator);
    if (!obstacles) {
        return failed(coordinator, obstacles.error(), now);
    }
    if (!obstacles->empty()) {
        return give_up(fmt::format(
            "shards cannot be moved online: {}. Then `citus-init rebalance`; or, with writes to a "
            "shard waiting while it moves, now `citus-init rebalance --mode block_writes`",
            join(*obstacles, "; ")));
    }
    return start(coordinator, now);
}

SqlResult<std::string> JoinRebalance::hold_workers(Session& coordinator) {
    if (!workers_) {
        return std::string{};
    }
    HeldWorkers::Settings settings;
    settings.target = workers_->target;
    settings.with_shards = true;
    if (const auto options = read_node_conninfo(coordinator)) {
        settings.target.options = *options;
    }
    workers_->target.options = settings.target.options;
    auto held = HeldWorkers::hold(coordinator, *workers_->connector, settings);
    if (!held) {
        return tl::unexpected(held.error());
    }
    if (held->all_proven()) {
        held_ = std::move(*held);
        return std::string{};
    }
    return refusal_text(held->not_proven());
}

std::string JoinRebalance::strayed() {
    return held_ ? held_->recheck(*workers_->connector, workers_->target) : std::string{};
}

SqlResult<JoinRebalanceReport> JoinRebalance::start(Session& coordinator, TimePoint now) {
    const auto unproven = hold_workers(coordinator);
    if (!unproven) {
        return tl::unexpected(unproven.error());
    }
    if (!unproven->empty()) {
        return waiting("for workers that are not proven: " + one_line(*unproven));
    }
    const auto started = start_moves(coordinator, {});
    if (!started || !*started) {
        held_.reset();
        return started ? settle(coordinator, {}) : failed(coordinator, started.error(), now);
    }
    job_ = **started;
    Report report = waiting(fmt::format("for its job {}", *job_));
    report.changes.push_back(fmt::format(
        "moving shards to the {} that joined, in the background (job {})",
        covered_.size() == 1 ? "worker" : fmt::format("{} workers", covered_.size()), *job_));
    return report;
}

SqlResult<JoinRebalanceReport> JoinRebalance::watch(Session& coordinator, TimePoint now) {
    const auto job = read_job(coordinator, *job_);
    if (!job) {
        return failed(coordinator, job.error(), now);
    }
    const std::string message = message_of(*job);
    const std::string count = fmt::format("{} of {} steps are done", job->done, job->total);
    if (!job->over()) {
        if (const std::string why = strayed(); !why.empty()) {
            const auto stopped = stop_moves(coordinator);
            held_.reset();
            job_.reset();
            return stopped
                       ? SqlResult<Report>(not_done(
                             fmt::format("job {} was stopped, {}: {}", job->id, count, why), now))
                       : failed(coordinator, stopped.error(), now);
        }
        Report report = waiting(fmt::format("for its job {}: {}{}{}", job->id, count,
                                            message.empty() ? "" : "; ", message));
        if (!message.empty() && trouble_ != message) {  // Citus itself tries again
            trouble_ = message;
            report.warnings.push_back(report.status);
        }
        return report;
    }
    job_.reset();
    held_.reset();
    if (job->state == "failed") {
        return not_done(fmt::format("job {} failed, {}{}{}", job->id, count,
                                    message.empty() ? "" : "; ", message),
                        now);
    }
    Report report;
    if (job->failed()) {  // that was a person
        report.warnings.push_back(
            fmt::format("the rebalance after a join was stopped, {} (job {}). `citus-init "
                        "rebalance` takes it up again",
                        count, job->id));
    } else {
        report.changes.push_back(fmt::format("the shards are balanced (job {})", job->id));
    }
    return settle(coordinator, std::move(report));
}

SqlResult<JoinRebalanceReport> JoinRebalance::settle(Session& coordinator, Report report) {
    const auto settled =
        coordinator.query(statement::kSettleJoined, {"{" + join(covered_, ",") + "}"});
    if (!settled) {
        return tl::unexpected(settled.error());
    }
    is_read_ = false;  // somebody may have joined meanwhile
    try_anew();
    report.next_probe = interval_;
    return report;
}

SqlResult<JoinRebalanceReport> JoinRebalance::failed(Session& coordinator, const SqlError& error,
                                                     TimePoint now) {
    if (const auto alive = coordinator.query("SELECT 1"); !alive) {
        return tl::unexpected(alive.error());
    }
    return not_done(error.text(), now);
}

JoinRebalanceReport JoinRebalance::not_done(const std::string& why, TimePoint now) {
    if (++attempts_ >= kMostAttempts) {
        return give_up(
            fmt::format("{}. That was attempt {}, and the last one: `citus-init "
                        "rebalance` makes another",
                        why, attempts_));
    }
    const auto pause = std::min(kLongestPause, kFirstPause * (1 << (attempts_ - 1)));
    again_ = now + pause;
    Report report;
    trouble_ =
        fmt::format("the rebalance after a join failed, and is tried again: {}", one_line(why));
    report.status = trouble_;
    report.warnings.push_back(trouble_);
    report.next_probe = pause;
    return report;
}

JoinRebalanceReport JoinRebalance::give_up(const std::string& why) {
    given_up_ = true;
    trouble_ = "no shards were moved to the workers that joined: " + one_line(why);
    Report report;
    report.status = trouble_;
    report.warnings.push_back(trouble_);
    return report;
}

JoinRebalanceReport JoinRebalance::waiting(const std::string& what) {
    Report report;
    report.status = "the rebalance after a join waits " + what;
    report.next_probe = interval_;
    return report;
}

}  // namespace citus_init::citus
