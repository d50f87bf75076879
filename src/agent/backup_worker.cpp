#include "agent/backup_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/backup_output.h"
#include "citus_init/backup/cluster/archiver_facts.h"
#include "citus_init/backup/failure.h"
#include "citus_init/backup/stanza.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/restore_request.h"
#include "citus_init/render/own_files.h"

#include "agent/archived_stanza.h"

namespace citus_init::agent {

using citus::BackupState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr seconds kRetryPause{5};
// Nothing of ours bounds a base backup; somebody cancels it, or the node stops.
constexpr std::chrono::hours kLongestBackup{24 * 30};

// Sleeps until a file in a directory was written, or a token asks to stop.
class WakeDirectory {
  public:
    WakeDirectory(const std::string& path, const std::stop_token& stop)
        : stopping_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          notified_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
          wake_(stop, [this] { ::eventfd_write(stopping_.get(), 1); }) {
        constexpr mode_t kPrivate = 0700;
        ::mkdir(path.c_str(), kPrivate);
        watches_ = ::inotify_add_watch(notified_.get(), path.c_str(), IN_CLOSE_WRITE) >= 0;
    }

    bool watches() const { return watches_; }

    // `longest`: none = for ever.
    void wait(std::optional<milliseconds> longest) {
        std::array<pollfd, 2> watched{{{stopping_.get(), POLLIN, 0}, {notified_.get(), POLLIN, 0}}};
        ::poll(watched.data(), watched.size(), longest ? static_cast<int>(longest->count()) : -1);
        std::array<char, 4096> events{};
        while (::read(notified_.get(), events.data(), events.size()) > 0) {
        }
    }

  private:
    Fd stopping_;
    Fd notified_;
    bool watches_ = false;
    std::stop_callback<std::function<void()>> wake_;
};

// pgBackRest at work on a thread of its own, since its process dies with the thread that started
// it.
class RunningBackup {
  public:
    RunningBackup(backup::Runner& runner, std::vector<std::string> arguments)
        : runner_(runner), command_{std::move(arguments)} {
        command_.on_output = [this](std::string_view piece) {
            const std::lock_guard lock(mutex_);
            output_.read(piece);
        };
        thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }

    void cancel() { thread_.request_stop(); }

    // Waits for the end for so long; whether it has come.
    bool ends_within(milliseconds longest, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        return over_.wait_for(lock, stop, longest, [this] { return run_.has_value(); });
    }

    backup::BackupOutput output() {
        const std::lock_guard lock(mutex_);
        return output_;
    }

    // After the end.
    const Result<backup::Run>& run() const { return *run_; }

  private:
    void work(const std::stop_token& stop) {
        auto run = runner_.run(command_, kLongestBackup, stop);
        const std::lock_guard lock(mutex_);
        run_ = std::move(run);
        over_.notify_all();
    }

    backup::Runner& runner_;
    backup::Command command_;
    std::mutex mutex_;
    std::condition_variable_any over_;
    backup::BackupOutput output_;
    std::optional<Result<backup::Run>> run_;
    std::jthread thread_;  // last: it uses the others, so it ends first
};

void pause(const std::stop_token& stop) {
    constexpr milliseconds kPause{500};
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kPause, [] { return false; });
}

void note_progress(citus::BackupRow& row, const backup::BackupOutput& output) {
    row.permille = output.permille();
    row.bytes = output.bytes();
    row.total_bytes = output.total_bytes();
    row.label = output.is_complete() ? output.label() : "";
}

}  // namespace

BackupWorker::BackupWorker(const AgentContext& context, Reporter& reporter)
    : context_(context),
      reporter_(reporter),
      runner_(own_runner(context.settings, own_backup_host(context.settings))) {}

void BackupWorker::start() {
    if (context_.settings.backup) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
}

void BackupWorker::run(const std::stop_token& stop) {
    WakeDirectory wake(render::own_files(context_.settings).backup_wake, stop);
    if (!wake.watches()) {
        log::warning("no base backup can be asked for: cannot watch the directory {}",
                     render::own_files(context_.settings).backup_wake);
        return;
    }
    while (!stop.stop_requested()) {
        const bool is_idle = (published_ || publish()) && serve(stop);
        session_.reset();
        wake.wait(is_idle ? std::nullopt : std::optional<milliseconds>(kRetryPause));
    }
}

citus::ConnectionTarget BackupWorker::target() const {
    constexpr seconds kStatementDeadline{30};
    const auto& settings = context_.settings;
    auto target = context_.local_target(settings.citus.enable ? "" : settings.postgres.database);
    target.application_name = "citus-init backup";
    target.statement_deadline = kStatementDeadline;
    return target;
}

bool BackupWorker::publish() {
    const auto session = context_.connector->connect(target());
    const auto facts =
        session ? backup::read_archiver_facts(**session)
                : citus::SqlResult<backup::ArchiverFacts>(tl::unexpected(session.error()));
    if (!facts || facts->in_recovery) {
        return false;
    }
    const auto files = render::own_files(context_.settings);
    auto done = citus::make_restore_requests(**session);
    if (done) {
        done = citus::publish_backup_agent(
            **session,
            {files.backup_wake + "/request", files.archive_errors, files.pgbackrest_conf});
    }
    if (!done) {
        log::warning("no base backup can be asked for yet: {}", one_line(done.error().text()));
    }
    published_ = done.has_value();
    return published_;
}

citus::Session* BackupWorker::session() {
    if (!session_) {
        auto opened = context_.connector->connect(target());
        const auto held = opened ? citus::hold_backup_lock(**opened)
                                 : citus::SqlResult<bool>(tl::unexpected(opened.error()));
        if (held && *held) {
            session_ = std::move(*opened);
        }
    }
    return session_.get();
}

bool BackupWorker::serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (session() == nullptr) {
            return false;
        }
        if (const auto passed_on = pass_on_restore_request(); passed_on && *passed_on) {
            return false;  // again, should the server not be stopped for it
        }
        const auto why_not = obstacle();
        auto row = why_not ? citus::claim_backup(*session_, stanza_)
                           : citus::SqlResult<std::optional<citus::BackupRow>>(
                                 tl::unexpected(why_not.error()));
        if (!row) {
            log::warning("cannot serve requests for base backups: {}",
                         one_line(row.error().text()));
            session_.reset();
            return false;
        }
        if (!*row) {
            return true;
        }
        if (!why_not->empty()) {
            (*row)->state = BackupState::failed;
            (*row)->error = *why_not;
            static_cast<void>(citus::report_backup(*session_, **row));
            continue;
        }
        make(std::move(**row), stop);
    }
    return true;
}

citus::SqlResult<bool> BackupWorker::pass_on_restore_request() {
    const auto request = citus::read_restore_request(*session_);
    if (!request) {
        return tl::unexpected(request.error());
    }
    if (*request) {
        reporter_.report_beside(status::RestoreReport{status::RestoreStep::ordered,
                                                      (*request)->requested_by, (*request)->point,
                                                      (*request)->group});
    }
    return request->has_value();
}

citus::SqlResult<std::string> BackupWorker::obstacle() {
    const auto& settings = context_.settings;
    const auto facts = backup::read_archiver_facts(*session_);
    if (!facts) {
        return tl::unexpected(facts.error());
    }
    const auto group = read_archived_group(*session_, settings);
    if (!group) {
        return tl::unexpected(group.error());
    }
    stanza_ = *group ? backup::stanza_name(*settings.backup, **group) : "";
    if (!backup::archives_to(*facts, stanza_)) {
        return std::string(
            "the node does not archive its WAL yet, and a base backup alone is of no use: see its "
            "`citus-init health`");
    }
    return std::string();
}

void BackupWorker::make(citus::BackupRow row, const std::stop_token& stop) {
    log::info("base backup ({}) of the stanza {} begins, asked for by {}", row.type, row.stanza,
              row.requested_by);
    follow(row, stop);
    if (row.state == BackupState::done) {
        log::info("base backup {} of the stanza {} is complete", row.label, row.stanza);
    } else {
        log::warning("base backup of the stanza {} {}: {}", row.stanza, to_string(row.state),
                     row.error);
    }
    // A server that was restarted is another agent's: it finds the row, and gives it up.
    constexpr seconds kLongest{30};
    const auto deadline = Clock::now() + kLongest;
    do {
        if (session() != nullptr && citus::report_backup(*session_, row)) {
            return;
        }
        session_.reset();
        pause(stop);
    } while (!stop.stop_requested() && Clock::now() < deadline);
}

void BackupWorker::follow(citus::BackupRow& row, const std::stop_token& stop) {
    constexpr milliseconds kBetweenReports{500};
    RunningBackup running(*runner_, {"--stanza=" + row.stanza, "--type=" + row.type,
                                     "--log-level-console=detail", "backup"});
    bool cancelled = false;
    while (!running.ends_within(kBetweenReports, stop)) {
        if (stop.stop_requested()) {
            running.cancel();
            running.ends_within(seconds(2), {});
            break;
        }
        note_progress(row, running.output());
        const auto wanted = session() == nullptr ? citus::SqlResult<bool>(false)
                                                 : citus::report_backup(*session_, row);
        if (!wanted) {
            session_.reset();
        } else if (*wanted && !std::exchange(cancelled, true)) {
            running.cancel();
        }
    }
    note_progress(row, running.output());
    if (cancelled || stop.stop_requested()) {
        row.state = BackupState::cancelled;
        row.error = cancelled ? "cancelled on request" : "the node stops";
        return;
    }
    note_end(row, running.run());
}

void BackupWorker::note_end(citus::BackupRow& row, const Result<backup::Run>& run) const {
    constexpr std::uint64_t kFull = 16U << 20U;
    if (!run) {
        row.error = run.error().message;
    } else if (!run->succeeded()) {
        row.error =
            text_of(backup::failure_of(*run, failed_stanza(context_.settings, row.stanza, kFull)));
    }
    // What fails after the backup itself is the removal of expired ones.
    row.state = row.label.empty() ? BackupState::failed : BackupState::done;
    if (row.state == BackupState::failed && row.error.empty()) {
        row.error = "pgBackRest reported no label";
    }
}

}  // namespace citus_init::agent
