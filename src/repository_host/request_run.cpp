#include "repository_host/request_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"

namespace citus_init::repository_host {

using std::chrono::seconds;

namespace {

// Of the node: it writes each 5 s.
constexpr seconds kLongestWithoutSign{30};
// Of ours: the node gives up after a minute without an answer.
constexpr seconds kLongestWithoutAnswer{10};
constexpr seconds kGraceOfTerm{5};
// Between two answers while pgBackRest prints: the node, which asks each second, keeps up.
constexpr seconds kBetweenAnswers{2};
constexpr seconds kLongestForLastAnswer{60};
constexpr off_t kReservedRoom = 256 << 10;
constexpr std::size_t kMostErrors = 64U << 10U;
constexpr std::size_t kMostOutput = 16U << 20U;  // between two answers

std::string purpose(const backup::HostRequest& request) {
    return request.command == backup::HostCommand::backup
               ? fmt::format("base backup ({}) of the stanza {} from {}", request.type,
                             request.stanza, request.node.text())
               : fmt::format("removal of the restore point {} of {}", request.point,
                             request.cluster_name);
}

std::string reserve_path(const std::string& requests) {
    return requests + "/repository-host.reserve";
}

}  // namespace

void reserve_room(const std::string& requests) {
    const std::string path = reserve_path(requests);
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file && ::posix_fallocate(file.get(), 0, kReservedRoom) != 0) {
        static_cast<void>(remove_file(path));
    }
}

bool write_host_answer(const std::string& requests, const std::string& id, int number,
                       const backup::HostAnswer& answer) {
    constexpr mode_t kMode = 0640;
    const std::string name =
        backup::request_file_name({id, backup::RequestFileKind::answer, number});
    const std::string text = backup::render_host_answer(answer);
    auto written = replace_file(requests + "/" + name, text, kMode);
    if (!written && answer.is_last()) {
        static_cast<void>(remove_file(reserve_path(requests)));
        written = replace_file(requests + "/" + name, text, kMode);
    }
    if (!written) {
        log::warning("a node does not get the answer to its request: {}", written.error().message);
    }
    return written.has_value();
}

RequestRun::RequestRun(process::EventLoop& loop, process::Children& children,
                       const HostConfiguration& host, backup::HostRequest request,
                       std::function<void()> ended)
    : loop_(loop),
      children_(children),
      host_(host),
      request_(std::move(request)),
      ended_(std::move(ended)),
      last_answer_(Clock::now()),
      last_sign_(Clock::now()) {}

RequestRun::~RequestRun() {
    kill();
}

bool RequestRun::start() {
    const Status started = spawn();
    if (!started) {
        log::error("{} cannot begin: {}", purpose(request_), started.error().message);
        backup::HostAnswer last;
        last.failure = "the repository host cannot run pgBackRest: " + started.error().message;
        answer(std::move(last));
        return false;
    }
    log::info("{} begins", purpose(request_));
    answer();
    return true;
}

Status RequestRun::spawn() {
    CITUS_INIT_TRY(keep(output_, OutputPipe::create(loop_, [this](std::string_view text) {
                            if (unsent_output_.size() < kMostOutput) {
                                unsent_output_ += text;
                            }
                        })));
    CITUS_INIT_TRY(keep(errors_, OutputPipe::create(loop_, [this](std::string_view text) {
                            if (unsent_errors_.size() < kMostErrors) {
                                unsent_errors_ += text;
                            }
                        })));
    process::Command command;
    command.arguments = {"pgbackrest", "--config=" + host_.file, backup::kErrorsToStderr};
    for (auto& word : backup::arguments_of(request_, host_.files)) {
        command.arguments.push_back(std::move(word));
    }
    command.environment = settings::as_list(host_.children);
    command.descriptors = {{output_->child_end(), STDOUT_FILENO},
                           {errors_->child_end(), STDERR_FILENO}};
    command.parent_death_signal = SIGKILL;
    const auto pid =
        children_.spawn(command, [this](process::ExitStatus status) { exited(status); });
    output_->close_child_end();
    errors_->close_child_end();
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    pid_ = *pid;
    return {};
}

void RequestRun::tick() {
    const auto now = Clock::now();
    if (!end_ && cancelled_.empty() && now - last_sign_ > kLongestWithoutSign) {
        cancel(fmt::format("the node has not given a sign of life for {} s",
                           kLongestWithoutSign.count()));
    }
    if (end_) {
        return try_to_end();
    }
    if (!cancelled_.empty() && now - cancelled_at_ > kGraceOfTerm) {
        kill();
    }
    const auto pause = unsent_output_.empty() ? kLongestWithoutAnswer : kBetweenAnswers;
    if (now - last_answer_ >= pause) {
        answer();
    }
}

void RequestRun::node_lives() {
    last_sign_ = Clock::now();
}

void RequestRun::cancel(std::string why) {
    if (cancelled_.empty()) {
        cancelled_ = std::move(why);
        cancelled_at_ = Clock::now();
        log::info("{} is cancelled: {}", purpose(request_), cancelled_);
        if (pid_ > 0) {
            ::kill(-pid_, SIGTERM);
        }
    }
}

void RequestRun::kill() {
    if (pid_ > 0) {
        ::kill(-pid_, SIGKILL);
    }
}

void RequestRun::exited(process::ExitStatus status) {
    ::kill(-pid_, SIGKILL);  // what is left of its group
    pid_ = 0;
    output_->drain();
    errors_->drain();
    backup::HostAnswer last;
    if (cancelled_.empty()) {
        last.code = status.shell_code();
    } else {
        last.failure = cancelled_;
    }
    if (status.success()) {
        log::info("{} is complete", purpose(request_));
    } else if (cancelled_.empty()) {
        log::warning("{} failed ({}): {}", purpose(request_), status.text(),
                     one_line(unsent_errors_));
    }
    end_ = std::move(last);
    ended_at_ = Clock::now();
    try_to_end();
}

void RequestRun::try_to_end() {
    if (answer(*end_) || Clock::now() - ended_at_ > kLongestForLastAnswer) {
        ended_();
    }
}

// What could not be written, for instance to a full disk, comes with the next one. False: that.
bool RequestRun::answer(backup::HostAnswer last) {
    last.output = unsent_output_;
    // In one piece, since the parser of errors takes the first one.
    last.errors = last.is_last() ? unsent_errors_ : "";
    last_answer_ = Clock::now();
    if (write_host_answer(host_.requests, request_.id, answers_, last)) {
        unsent_output_.clear();
        ++answers_;
        return true;
    }
    return false;
}

}  // namespace citus_init::repository_host
