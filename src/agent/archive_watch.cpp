#include "agent/archive_watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/archiver_facts.h"
#include "citus_init/backup/stanza.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/base/clock.h"
#include "citus_init/base/disk_space.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/citus/backup_request.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/render/own_files.h"

#include "agent/archived_stanza.h"

namespace citus_init::agent {

using status::Condition;
using status::ConditionKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// pgBackRest tries for several times its io-timeout, and says then why it gives up: about 40 s with
// one of 5 s.
constexpr seconds kDeadline{90};
constexpr const char* kShortTimeout = "--io-timeout=5";
constexpr seconds kFirstStanzaPause{2};
constexpr seconds kLongestStanzaPause{300};

Condition pending(std::string reason) {
    return {ConditionKind::archiving_pending, "", "", std::move(reason)};
}

Condition being_checked() {
    return pending("the stanza is being made and checked");
}

// What the server's last archive_command said; empty after a success.
std::string last_errors(const settings::Settings& settings) {
    return RealFilesystem().read(render::own_files(settings).archive_errors).value_or("");
}

}  // namespace

ArchiveWatch::ArchiveWatch(const AgentContext& context, Reporter& reporter)
    : context_(context),
      reporter_(reporter),
      runner_(own_runner(context.settings)),
      pause_(kFirstStanzaPause) {}

void ArchiveWatch::start() {
    if (!context_.settings.backup) {
        return;
    }
    const auto marker =
        postgres::read_node_marker(RealFilesystem(), context_.settings.postgres.data_directory);
    made_ = marker && *marker ? (*marker)->stanza : "";
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ArchiveWatch::run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        const auto pause = pass(stop);
        wake.wait_for(lock, stop, pause, [] { return false; });
    }
}

milliseconds ArchiveWatch::pass(const std::stop_token& stop) {
    const milliseconds interval = context_.settings.citus.reconcile_interval;
    const auto facts = read_server();
    if (!facts) {
        return std::min<milliseconds>(seconds(5), interval);  // it starts, or stops
    }
    if (facts->in_recovery) {
        reporter_.report_beside(status::ArchivingReport());
        return interval;
    }
    report(*facts, condition_of(*facts, stop));
    return std::min(interval, until_checked());
}

// Soon at first, since the server is about to archive, and as long as an attempt waits.
milliseconds ArchiveWatch::until_checked() {
    if (is_checked_) {
        wait_.restore();
        return milliseconds::max();
    }
    const auto pause = wait_.next();
    return failure_ ? std::max(pause, std::chrono::ceil<milliseconds>(next_attempt_ - Clock::now()))
                    : pause;
}

citus::SqlResult<backup::ArchiverFacts> ArchiveWatch::read_server() {
    constexpr seconds kStatementDeadline{10};
    const auto& settings = context_.settings;
    auto target = context_.local_target(settings.citus.enable ? "" : settings.postgres.database);
    target.statement_deadline = kStatementDeadline;
    const auto session = context_.connector->connect(target);
    if (!session) {
        return tl::unexpected(session.error());
    }
    auto facts = backup::read_archiver_facts(**session);
    if (facts && !facts->in_recovery && settings.patroni) {
        if (const auto shared = share_made(**session); !shared) {
            return tl::unexpected(shared.error());
        }
    }
    const auto group =
        facts ? read_archived_group(**session, settings) : citus::SqlResult<std::optional<int>>(0);
    if (!group) {
        return tl::unexpected(group.error());
    }
    group_ = *group;
    const std::string stanza = group_ ? backup::stanza_name(*settings.backup, *group_) : "";
    if (std::exchange(stanza_, stanza) != stanza) {
        is_checked_ = false;
        failure_.reset();
        next_attempt_ = {};
        wait_.restore();
    }
    return facts;
}

// Any member of a group may have made it: their database tells the one that leads next.
citus::SqlResult<void> ArchiveWatch::share_made(citus::Session& session) {
    if (!noted_) {
        const auto noted = citus::read_made_stanza(session);
        if (!noted) {
            return tl::unexpected(noted.error());
        }
        noted_ = *noted;
        made_ = *noted;
    }
    if (*noted_ == made_) {
        return {};
    }
    auto done = citus::note_made_stanza(session, made_);
    noted_ = done ? made_ : *noted_;
    return done;
}

Condition ArchiveWatch::condition_of(const backup::ArchiverFacts& facts,
                                     const std::stop_token& stop) {
    if (stanza_.empty()) {
        return pending(
            "the node has not joined its cluster yet, whose coordinator gives it the "
            "group that its stanza is named after");
    }
    if (!backup::archives_to(facts, stanza_)) {
        return pending(
            "the server does not use the archive_command of citus-init yet; that takes "
            "the node's confirmed place in its cluster, and that nobody has set another "
            "one by ALTER SYSTEM");
    }
    if (!is_checked_ && Clock::now() >= next_attempt_) {
        if (!failure_) {
            report(facts, being_checked());  // that may take a minute
        }
        ensure_stanza(facts, stop);
        if (is_checked_) {
            return {};  // the facts are of before
        }
    }
    const auto failure = failure_ ? failure_ : failure_of_archiver(facts);
    if (!failure) {
        return is_checked_ ? Condition() : being_checked();
    }
    return {ConditionKind::archiving_failed, stanza_, "", text_of(*failure)};
}

void ArchiveWatch::ensure_stanza(const backup::ArchiverFacts& facts, const std::stop_token& stop) {
    failure_ = try_stanza(facts, stop);
    is_checked_ = !failure_;
    if (is_checked_) {
        pause_ = kFirstStanzaPause;
        return;
    }
    next_attempt_ = Clock::now() + pause_;
    pause_ = std::min<milliseconds>(pause_ * 2, kLongestStanzaPause);
}

// A stanza that this node has made, and that is gone, is not made anew: an empty directory in the
// place of a volume would take WAL, and nobody would notice.
std::optional<backup::Failure> ArchiveWatch::try_stanza(const backup::ArchiverFacts& facts,
                                                        const std::stop_token& stop) {
    const std::string place = backup::stanza_place(*context_.settings.backup, *group_);
    const auto attempt = [&](std::vector<std::string> words) -> std::optional<backup::Failure> {
        words.insert(words.begin(), {"--stanza=" + stanza_, kShortTimeout});
        const auto run = runner_->run({words}, kDeadline, stop);
        if (!run) {
            return backup::Failure{backup::FailureKind::other, run.error().message,
                                   "Check the container's limits of processes and memory"};
        }
        return run->succeeded()
                   ? std::nullopt
                   : std::optional(named(failure_of(*run, own_stanza(facts)), facts, stop));
    };
    if (made_ != place) {
        if (auto failure = attempt({"stanza-create"})) {
            return failure;
        }
        made_ = place;
    }
    auto failure = attempt({"--archive-timeout=20", "check"});
    if (!failure || failure->kind != backup::FailureKind::not_archived) {
        return failure;
    }
    // Why it did not arrive, the server's archiver was told.
    const std::string errors = last_errors(context_.settings);
    return errors.empty() ? failure : backup::read_failure(errors, own_stanza(facts));
}

// "Another cluster" has a name in the repository.
backup::Failure ArchiveWatch::named(backup::Failure failure, const backup::ArchiverFacts& facts,
                                    const std::stop_token& stop) {
    if (failure.kind != backup::FailureKind::other_cluster) {
        return failure;
    }
    const auto run = runner_->run({{"--stanza=" + stanza_, kShortTimeout, "--output=json", "info"}},
                                  kDeadline, stop);
    const auto info = run ? backup::parse_stanza_info(run->output, stanza_)
                          : Result<backup::StanzaInfo>(tl::unexpected(run.error()));
    if (info && !info->databases.empty()) {
        failure.reason = fmt::format(
            "the stanza in {} belongs to another cluster (system identifier {}, PostgreSQL {}; "
            "this "
            "one has {})",
            context_.settings.backup->repository.text(), info->databases.back().system_identifier,
            info->databases.back().version, facts.system_identifier);
    }
    return failure;
}

std::optional<backup::Failure> ArchiveWatch::failure_of_archiver(
    const backup::ArchiverFacts& facts) {
    switch (backup::assess_archiving(facts)) {
        case backup::ArchivingState::working:
            push_failure_.reset();
            break;
        case backup::ArchivingState::failing: {
            // Empty while the next attempt runs.
            const std::string errors = last_errors(context_.settings);
            if (!errors.empty() || !push_failure_) {
                push_failure_ = backup::read_failure(errors, own_stanza(facts));
            }
            break;
        }
        case backup::ArchivingState::hanging: {
            backup::Run run;
            run.timed_out = true;
            push_failure_ = backup::failure_of(run, own_stanza(facts));
            break;
        }
    }
    return push_failure_;
}

backup::FailedStanza ArchiveWatch::own_stanza(const backup::ArchiverFacts& facts) const {
    return failed_stanza(context_.settings, stanza_,
                         static_cast<std::uint64_t>(facts.segment_bytes));
}

void ArchiveWatch::report(const backup::ArchiverFacts& facts, Condition condition) {
    rate_.add(facts.now, facts.wal_position);
    status::ArchivingStatus status;
    status.stanza = stanza_;
    status.waiting_segments = facts.ready_segments;
    status.waiting_bytes = facts.ready_segments * facts.segment_bytes;
    if (is_none(condition)) {
        since_.clear();
    } else {
        if (since_.empty()) {
            since_ = utc_text(static_cast<std::int64_t>(facts.oldest_ready.value_or(facts.now)));
        }
        const auto space = disk_space(context_.settings.postgres.data_directory + "/pg_wal");
        const auto left = space ? rate_.time_for(space->free) : std::nullopt;
        status.disk_lasts = left ? std::optional(left->count()) : std::nullopt;
    }
    status.since = since_;
    log_change(condition);
    log_lasting(condition);
    status.condition = std::move(condition);
    const bool is_made =
        group_ && made_ == backup::stanza_place(*context_.settings.backup, *group_);
    reporter_.report_beside(
        status::ArchivingReport{group_, is_made ? made_ : "", std::move(status)});
}

void ArchiveWatch::log_change(const Condition& condition) {
    if (condition == logged_) {
        return;
    }
    const Condition before = std::exchange(logged_, condition).value_or(Condition());
    if (condition.kind == ConditionKind::archiving_failed) {
        log::warning("{}", text_of(condition));
    } else if (is_none(condition)) {
        log::info("WAL is archived {}to the stanza {} in {}",
                  before.kind == ConditionKind::archiving_failed ? "again " : "", stanza_,
                  context_.settings.backup->repository.text());
    } else if (before.detail != condition.detail && stanza_.empty()) {
        log::info("{}", text_of(condition));
    }
}

// Of the first minute of a start there is nothing to say; afterwards WAL only piles up.
void ArchiveWatch::log_lasting(const Condition& condition) {
    constexpr std::chrono::minutes kOfAStart{1};
    if (condition.kind != ConditionKind::archiving_pending || stanza_.empty()) {
        pending_since_.reset();
        pending_is_logged_ = false;
        return;
    }
    pending_since_ = pending_since_.value_or(Clock::now());
    if (!pending_is_logged_ && Clock::now() - *pending_since_ >= kOfAStart) {
        pending_is_logged_ = true;
        log::warning("{}", text_of(condition));
    }
}

}  // namespace citus_init::agent
