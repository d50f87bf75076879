#include "agent/scheduled_backups.h"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <random>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/cluster_groups.h"
#include "citus_init/backup/stanza.h"
#include "citus_init/base/clock.h"
#include "citus_init/base/duration.h"
#include "citus_init/base/log.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/network/node_names.h"
#include "citus_init/render/own_files.h"

#include "agent/archived_stanza.h"
#include "agent/random_seed.h"

namespace citus_init::agent {

using backup::ScheduledWork;
using status::Condition;
using status::ConditionKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kFirstBackupPause{5};
constexpr seconds kLongestBackupPause{600};
constexpr seconds kRecoveryPause{60};
// Nodes start and join, stanzas are made: what fails so soon is tried again before it is reported.
constexpr seconds kUnreportedTime{30};
// Somebody else's backup takes as long as it does; one that hangs is to be seen some time.
constexpr seconds kUnreportedBusyTime{3600};

// The log, and the end of the agent.
class LoggingObserver final : public backup::Observer {
  public:
    explicit LoggingObserver(const std::stop_token& stop) : stop_(stop) {}

    [[nodiscard]] bool stopped_within(milliseconds pause) override {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop_, pause, [] { return false; });
        return stop_.stop_requested();
    }
    void message(const std::string& text) override { log::info("scheduled backup: {}", text); }
    void progress(const std::vector<backup::GroupBackup>& /*groups*/) override {}

  private:
    const std::stop_token& stop_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
};

double any_fraction() {
    std::minstd_rand generator(random_seed());
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

const char* name_of(ScheduledWork work) {
    return work == ScheduledWork::point ? "restore point" : "backup";
}

void log_point(const backup::SaveOutcome& saved) {
    if (saved.groups.empty() || !saved.is_complete()) {
        return log::info("scheduled restore point {} is made", saved.point->name);
    }
    const auto totals = backup::totals_of(saved.groups);
    const auto full = std::count_if(saved.groups.begin(), saved.groups.end(),
                                    [](const auto& group) { return group.made.type == "full"; });
    log::info(
        "scheduled backup is made: {} full, {} incremental, {} ({} in the repository) in {}, "
        "restore point {}",
        full, std::ssize(saved.groups) - full, size_text(totals.bytes),
        size_text(totals.repository_bytes), format_duration(seconds(totals.seconds)),
        saved.point->name);
}

// Without what another attempt would change, so that it is logged once.
std::string reason_of(const backup::SaveOutcome& saved) {
    std::string failure = saved.failure ? saved.failure->message : "";
    if (saved.failed.empty()) {
        return failure;
    }
    return join(saved.failed, "; ") +
           (failure.empty() ? "" : "; no restore point was made: " + failure);
}

}  // namespace

ScheduledBackups::ScheduledBackups(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter), jitter_(any_fraction()), pause_(kFirstBackupPause) {}

void ScheduledBackups::start() {
    const auto& settings = context_.settings;
    const bool is_worker = settings.citus.enable && settings.citus.role == settings::Role::worker;
    if (!settings.backup || settings.backup->schedule.is_empty() || is_worker) {
        // An agent before a reload may have had a schedule.
        return reporter_.report_beside(status::BackupReport());
    }
    runner_ = own_runner(settings);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ScheduledBackups::update(bool is_confirmed, bool is_complete) {
    const std::scoped_lock lock(mutex_);
    if (is_confirmed != is_confirmed_ || is_complete != is_complete_) {
        is_ready_anew_ = is_ready_anew_ || (is_complete && !is_complete_);
        is_confirmed_ = is_confirmed;
        is_complete_ = is_complete;
        is_woken_ = true;
        wake_.notify_all();
    }
}

void ScheduledBackups::members_changed() {
    const std::scoped_lock lock(mutex_);
    has_new_members_ = true;
    is_ready_anew_ = true;
    is_woken_ = true;
    wake_.notify_all();
}

bool ScheduledBackups::is_complete() {
    const std::scoped_lock lock(mutex_);
    return is_complete_;
}

void ScheduledBackups::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        wake_.wait(lock, stop, [this] { return is_confirmed_; });
        if (std::exchange(is_woken_, false)) {
            retry_at_ = {};
        }
        if (std::exchange(has_new_members_, false)) {
            saved_.reset();
        }
        if (std::exchange(is_ready_anew_, false)) {
            ready_since_ = Clock::now();
        }
        lock.unlock();
        const auto pause = pass(stop);
        lock.lock();
        wake_.wait_for(lock, stop, pause, [this] { return is_woken_; });
    }
}

milliseconds ScheduledBackups::pass(const std::stop_token& stop) {
    if (stop.stop_requested()) {
        return milliseconds::zero();
    }
    if (saved_) {
        const auto due = due_work(context_.settings.backup->schedule, *saved_, moment());
        if (due.work == ScheduledWork::none && due.problem.empty()) {
            return until_due(due);
        }
    }
    const bool is_retry = Clock::now() >= retry_at_;
    const Outcome outcome = attempt(stop);
    if (stop.stop_requested()) {
        return milliseconds::zero();
    }
    report(outcome, is_failure(outcome));
    if (outcome.kind == Outcome::Kind::idle || outcome.kind == Outcome::Kind::made) {
        pause_ = kFirstBackupPause;
        retry_at_ = {};
        waits_since_.reset();
        return saved_ ? until_due(due_work(context_.settings.backup->schedule, *saved_, moment()))
                      : milliseconds(kRecoveryPause);
    }
    if (is_retry) {
        retry_at_ = Clock::now() +
                    std::exchange(pause_, std::min<milliseconds>(pause_ * 2, kLongestBackupPause));
        failed_ = outcome;
    }
    const milliseconds pause = until_retry();
    saved_.reset();
    return pause;
}

milliseconds ScheduledBackups::until_retry() const {
    const auto retry =
        std::max(std::chrono::ceil<milliseconds>(retry_at_ - Clock::now()), milliseconds(1));
    const auto point =
        saved_ ? due_work(context_.settings.backup->schedule, *saved_, moment()).point_at
               : std::nullopt;
    const auto now = std::time(nullptr);
    return point && *point > now ? std::min<milliseconds>(retry, seconds(*point - now)) : retry;
}

ScheduledBackups::Outcome ScheduledBackups::attempt(const std::stop_token& stop) {
    const auto& settings = *context_.settings.backup;
    backup::Repository repository(*runner_, settings,
                                  render::own_files(context_.settings).pgbackrest_conf, stop);
    auto groups = read_groups();
    if (!groups) {
        return {Outcome::Kind::waiting, "backup", groups.error().message};
    }
    if (!*groups) {
        saved_.reset();
        return {};
    }
    auto question = ask(**groups, repository);
    if (!question) {
        return {Outcome::Kind::failed, "backup", question.error().message};
    }
    saved_ = std::move(question->saved);
    const auto due = due_work(settings.schedule, *saved_, moment());
    const char* what = name_of(due.work);
    if (!due.problem.empty()) {
        return {Outcome::Kind::failed, what, due.problem};
    }
    if (due.work == ScheduledWork::none) {
        return {};
    }
    if (!is_complete()) {
        return {Outcome::Kind::waiting, what,
                "a worker is missing, see `citus-init nodes`; a restore point needs every group"};
    }
    if (!question->missing_stanzas.empty()) {
        return {Outcome::Kind::waiting, what,
                fmt::format("the repository has no stanza {}: see `citus-init health` of that node",
                            join(question->missing_stanzas, ", "))};
    }
    if (due.work == ScheduledWork::backup && Clock::now() < retry_at_) {
        return with_point(failed_, repository, stop);
    }
    Outcome outcome = make(due, repository, stop);
    const bool has_failed =
        outcome.kind == Outcome::Kind::failed || outcome.kind == Outcome::Kind::busy;
    return due.work == ScheduledWork::backup && has_failed && !outcome.tried_point
               ? with_point(std::move(outcome), repository, stop)
               : outcome;
}

ScheduledBackups::Outcome ScheduledBackups::with_point(Outcome backup,
                                                       backup::Repository& repository,
                                                       const std::stop_token& stop) {
    const auto now = moment();
    const auto due = due_work(context_.settings.backup->schedule, *saved_, now);
    if (stop.stop_requested() || !due.point_at || *due.point_at > now.now) {
        return backup;
    }
    backup::DueWork point;
    point.work = ScheduledWork::point;
    Outcome outcome = make(point, repository, stop);
    if (outcome.kind != Outcome::Kind::failed) {
        return backup;
    }
    if (backup.kind != Outcome::Kind::failed) {
        return outcome;
    }
    backup.reason += "; no restore point is made either: " + outcome.reason;
    return backup;
}

ScheduledBackups::Outcome ScheduledBackups::make(const backup::DueWork& due,
                                                 backup::Repository& repository,
                                                 const std::stop_token& stop) {
    const char* what = name_of(due.work);
    const auto reached = access();
    if (!reached) {
        return {Outcome::Kind::waiting, what, reached.error().message};
    }
    backup::SaveRequest request;
    if (due.work == ScheduledWork::backup) {
        request.type_of = [&due](int group) {
            return due.full.contains(group) ? "full" : due.incr.contains(group) ? "incr" : "";
        };
    }
    LoggingObserver observer(stop);
    auto saved = save_cluster(*reached, repository, observer, request);
    note(saved, repository);
    if (saved.is_complete()) {
        return {Outcome::Kind::made, what};
    }
    const bool is_busy = saved.failure && saved.failure->code == ExitCode::locked;
    return {is_busy ? Outcome::Kind::busy : Outcome::Kind::failed, what, reason_of(saved),
            !saved.groups.empty()};
}

void ScheduledBackups::note(backup::SaveOutcome& made, backup::Repository& repository) {
    for (const auto& [group, label] : made.lacking) {
        lacking_[group] = label;
    }
    if (!made.point) {
        return;
    }
    log_point(made);
    lacking_.clear();
    last_point_ = std::move(made.point);
    auto groups = read_groups();
    auto question = groups && *groups ? ask(**groups, repository) : Result<Question>(Question());
    saved_.reset();
    if (question && !question->saved.groups.empty()) {
        saved_ = std::move(question->saved);
    }
}

citus::ConnectionTarget ScheduledBackups::local_target() const {
    constexpr seconds kStatementDeadline{30};
    const auto& settings = context_.settings;
    auto target = context_.local_target(settings.citus.enable ? "" : settings.postgres.database);
    target.statement_deadline = kStatementDeadline;
    return target;
}

Result<std::optional<std::vector<backup::ClusterGroup>>> ScheduledBackups::read_groups() {
    const auto failed = [](const citus::SqlError& error) {
        return fail(citus::sql_failure("cannot ask this node's server", error));
    };
    const auto session = context_.connector->connect(local_target());
    if (!session) {
        return failed(session.error());
    }
    const auto recovery = (*session)->query("SELECT pg_catalog.pg_is_in_recovery()");
    if (!recovery) {
        return failed(recovery.error());
    }
    if (recovery->is_true(0, 0)) {
        return std::nullopt;
    }
    const auto reached = access();
    if (!reached) {
        return fail(reached.error());
    }
    auto groups = backup::read_cluster_groups(*reached, **session);
    if (!groups) {
        return failed(groups.error());
    }
    return std::move(*groups);
}

Result<ScheduledBackups::Question> ScheduledBackups::ask(std::vector<backup::ClusterGroup>& groups,
                                                         backup::Repository& repository) {
    const auto& settings = *context_.settings.backup;
    std::vector<int> numbers;
    for (auto& group : groups) {
        numbers.push_back(group.group);
        const auto lacking = lacking_.find(group.group);
        group.without_wal = lacking == lacking_.end() ? "" : lacking->second;
    }
    const auto stanzas = repository.stanzas(numbers);
    if (!stanzas) {
        return fail(stanzas.error());
    }
    CITUS_INIT_TRY(read_last_point(repository));
    Question question{
        saved_cluster(groups, *stanzas, settings, last_point_ ? &*last_point_ : nullptr), {}};
    for (const int group : numbers) {
        const std::string stanza = backup::stanza_name(settings, group);
        if (find_stanza(*stanzas, stanza) == nullptr) {
            question.missing_stanzas.push_back(stanza);
        }
    }
    return question;
}

// The listing's order is by the clocks of those who wrote; the later one of it and of what this
// process has made counts. What a later version has written says nothing here.
Status ScheduledBackups::read_last_point(backup::Repository& repository) {
    const auto points = repository.points();
    if (!points) {
        return fail(points.error());
    }
    if (points->empty() || (last_point_ && points->front().name == last_point_->name)) {
        return {};
    }
    auto point = repository.read_point(points->front().name);
    if (!point) {
        return point.error().code == ExitCode::software ? Status() : fail(point.error());
    }
    if (!last_point_ || point->time >= last_point_->time) {
        last_point_ = std::move(*point);
    }
    return {};
}

Result<backup::ClusterAccess> ScheduledBackups::access() const {
    backup::ClusterAccess access;
    access.connector = context_.connector.get();
    access.coordinator = local_target();
    access.has_citus = context_.settings.citus.enable;
    access.caller = network::host_name() + " (schedule)";
    access.node = context_.node_target();
    if (access.has_citus) {
        const auto session = context_.connector->connect(local_target());
        auto options = session ? citus::read_node_conninfo(**session)
                               : citus::SqlResult<std::map<std::string, std::string>>(
                                     tl::unexpected(session.error()));
        if (!options) {
            return fail(citus::sql_failure("cannot read citus.node_conninfo", options.error()));
        }
        access.node.options = std::move(*options);
    }
    return access;
}

backup::ScheduleMoment ScheduledBackups::moment() const {
    return {std::time(nullptr),
            std::chrono::duration_cast<seconds>(Clock::now() - ready_since_).count(), jitter_};
}

// The clock may be set, and the machine may sleep.
milliseconds ScheduledBackups::until_due(const backup::DueWork& due) const {
    if (due.work != ScheduledWork::none || !due.problem.empty()) {
        return seconds(1);
    }
    const std::int64_t left = due.at ? *due.at - std::time(nullptr) : kLongestBackupPause.count();
    return seconds(std::clamp<std::int64_t>(left, 1, kLongestBackupPause.count()));
}

bool ScheduledBackups::is_failure(const Outcome& outcome) {
    const auto now = Clock::now();
    const bool is_soon =
        outcome.kind == Outcome::Kind::failed && now - ready_since_ < kUnreportedTime;
    const bool is_busy = outcome.kind == Outcome::Kind::busy;
    if (outcome.kind != Outcome::Kind::waiting && !is_busy && !is_soon) {
        return outcome.kind == Outcome::Kind::failed;
    }
    waits_since_ = waits_since_.value_or(now);
    log::debug("the scheduled {} waits: {}", outcome.what, outcome.reason);
    return now - *waits_since_ >= (is_busy ? kUnreportedBusyTime : kUnreportedTime);
}

void ScheduledBackups::report(const Outcome& outcome, bool has_failed) {
    if (outcome.kind == Outcome::Kind::idle && !saved_) {
        return reporter_.report_beside(status::BackupReport());  // in recovery
    }
    Condition condition;
    if (has_failed) {
        condition = {ConditionKind::backup_failed, outcome.what, "", one_line(outcome.reason)};
    } else if (outcome.kind != Outcome::Kind::idle && outcome.kind != Outcome::Kind::made) {
        condition = status_.condition;  // as before
    }
    if (is_none(condition)) {
        status_.since.clear();
    } else if (status_.since.empty()) {
        status_.since = utc_now();
    }
    const Condition before = std::exchange(status_.condition, condition);
    if (has_failed && before != condition) {
        log::warning("{}; it is tried again", text_of(condition));
    } else if (!is_none(before) && outcome.kind == Outcome::Kind::idle) {
        log::info("no backup is due any more");
    }
    if (saved_) {
        status_.last_full = saved_->oldest(&backup::SavedGroup::last_full);
        status_.last = saved_->oldest(&backup::SavedGroup::last);
        status_.last_point = saved_->last_point;
        status_.next = due_work(context_.settings.backup->schedule, *saved_, moment()).at;
    }
    reporter_.report_beside(status::BackupReport{status_});
}

}  // namespace citus_init::agent
