#include "repository_host/request_queue.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"

namespace citus_init::repository_host {

using backup::RequestFile;
using backup::RequestFileKind;
using std::chrono::seconds;

namespace {

constexpr seconds kTick{1};
constexpr seconds kKept{600};           // what a node has not read
constexpr seconds kLongestReading{60};  // a node that lives reads each second
constexpr std::int64_t kYoung = 60;     // seconds; its node waits 20 s for the first answer
constexpr std::size_t kLongestRequest = 64U << 10U;

std::int64_t age_of(const std::string& path) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    const auto status = RealFilesystem().status(path);
    return status ? std::time(nullptr) - status->modified_ns / kNanoseconds : 0;
}

}  // namespace

Result<std::unique_ptr<RequestQueue>> RequestQueue::create(process::EventLoop& loop,
                                                           process::Children& children,
                                                           const HostConfiguration& host) {
    std::unique_ptr<RequestQueue> self(new RequestQueue(loop, children, host));
    self->notify_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    // pgBackRest writes a file under another name, and renames it.
    if (!self->notify_ || ::inotify_add_watch(self->notify_.get(), host.requests.c_str(),
                                              IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE) < 0) {
        return fail(errno_error("cannot watch the directory " + host.requests, errno));
    }
    auto* raw = self.get();
    CITUS_INIT_TRY(keep(self->watch_, loop.watch(self->notify_.get(), EPOLLIN,
                                                 [raw](std::uint32_t) { raw->notified(); })));
    CITUS_INIT_TRY(keep(self->second_, process::Timer::create(loop, [raw] { raw->tick(); })));
    CITUS_INIT_TRY(
        keep(self->sweep_, process::Timer::create(loop, [raw] { raw->remove_old_files(); })));
    return self;
}

std::string RequestQueue::path_of(const RequestFile& file) const {
    return host_.requests + "/" + backup::request_file_name(file);
}

std::vector<RequestFile> RequestQueue::files() const {
    std::vector<RequestFile> files;
    for (const auto& name :
         RealFilesystem().list(host_.requests).value_or(std::vector<std::string>())) {
        if (const auto file = backup::parse_request_file(name)) {
            files.push_back(*file);
        }
    }
    return files;
}

void RequestQueue::begin(std::function<void()> lost) {
    lost_ = std::move(lost);
    reserve_room(host_.requests);
    for (const auto& file : files()) {
        if (file.kind == RequestFileKind::running) {
            end_leftover(file.id);
        } else if (file.kind == RequestFileKind::request) {
            take_request(file.id);
        }
    }
    remove_old_files();
}

void RequestQueue::end_leftover(const std::string& id) {
    int next = 0;
    for (const auto& file : files()) {
        if (file.id == id && file.kind == RequestFileKind::answer) {
            next = std::max(next, file.number + 1);
        }
    }
    log::warning("a request of a node was cut off when the repository host ended before");
    backup::HostAnswer last;
    last.failure = "the repository host was restarted before the end";
    if (write_host_answer(host_.requests, id, next, last)) {
        static_cast<void>(remove_file(path_of({id, RequestFileKind::running})));
    }
    note_end(id);
}

void RequestQueue::note_end(const std::string& id) {
    unread_[id] = std::chrono::steady_clock::now();
    arm_sweep();
}

void RequestQueue::arm_sweep() {
    if (!std::exchange(is_sweep_armed_, true)) {
        sweep_->start(kKept);
    }
}

void RequestQueue::notified() {
    alignas(inotify_event) std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(notify_.get(), buffer.data(), buffer.size());
        if (count <= 0) {
            return;
        }
        for (ssize_t at = 0; at < count;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = buffer.data() + at + sizeof event;
            at += static_cast<ssize_t>(sizeof event) + event.len;
            // While its lock file is open, the directory itself stays, without a name.
            const bool is_lock =
                (event.mask & IN_DELETE) != 0 && event.len > 0 && kLockName == name;
            if (is_lock || (event.mask & (IN_IGNORED | IN_UNMOUNT | IN_MOVE_SELF)) != 0) {
                return lost_();
            }
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                for (const auto& file : files()) {
                    take_file(file);
                }
            } else if ((event.mask & IN_MOVED_TO) != 0) {
                if (const auto file = backup::parse_request_file(name)) {
                    take_file(*file);
                }
            }
        }
    }
}

void RequestQueue::take_file(const RequestFile& file) {
    const auto run = runs_.find(file.id);
    switch (file.kind) {
        case RequestFileKind::request:
            return take_request(file.id);
        case RequestFileKind::alive:
            if (run != runs_.end()) {
                run->second->node_lives();
            }
            return;
        case RequestFileKind::cancel:
            if (run != runs_.end()) {
                run->second->cancel("cancelled by the node");
            }
            return;
        case RequestFileKind::read:
            if (run == runs_.end()) {
                remove_files(file.id);
                check_idle();
            }
            return;
        case RequestFileKind::running:
        case RequestFileKind::answer:
            return;  // our own
    }
}

// The name is ours from the rename on: whatever comes of it, this request is not taken again.
void RequestQueue::take_request(const std::string& id) {
    const std::string path = path_of({id, RequestFileKind::request});
    const std::string running = path_of({id, RequestFileKind::running});
    const auto age = age_of(path);
    if (runs_.contains(id) || ::rename(path.c_str(), running.c_str()) != 0) {
        return;
    }
    if (!stopping_.empty()) {
        return refuse(id, stopping_);
    }
    if (RealFilesystem().exists(path_of({id, RequestFileKind::cancel}))) {
        return refuse(id, "cancelled by the node");
    }
    if (std::abs(age) > kYoung) {
        return refuse(id, fmt::format("the request is {} s old: its node has given up", age));
    }
    const auto text = RealFilesystem().read(running, kLongestRequest);
    auto request = text ? backup::parse_host_request(*text, id)
                        : Result<backup::HostRequest>(tl::unexpected(text.error()));
    if (!request) {
        return refuse(id, request.error().message);
    }
    auto run = std::make_unique<RequestRun>(loop_, children_, host_, *std::move(request),
                                            [this, id] { ended(id); });
    reserve_room(host_.requests);
    if (!run->start()) {
        static_cast<void>(remove_file(running));
        return note_end(id);
    }
    runs_[id] = std::move(run);
    second_->start(kTick);
}

void RequestQueue::refuse(const std::string& id, const std::string& why) {
    log::warning("request of a node refused: {}", why);
    backup::HostAnswer last;
    last.failure = "the repository host refuses the request: " + why;
    static_cast<void>(write_host_answer(host_.requests, id, 0, last));
    static_cast<void>(remove_file(path_of({id, RequestFileKind::running})));
    note_end(id);
}

void RequestQueue::ended(const std::string& id) {
    const auto run = runs_.find(id);
    if (run == runs_.end()) {
        return;
    }
    static_cast<void>(remove_file(path_of({id, RequestFileKind::running})));
    finished_.push_back(std::move(run->second));
    runs_.erase(run);
    note_end(id);
    second_->start(seconds(0));
}

void RequestQueue::tick() {
    finished_.clear();
    std::vector<RequestRun*> live;  // one that ends leaves `runs_`
    for (const auto& [id, run] : runs_) {
        live.push_back(run.get());
    }
    for (RequestRun* run : live) {
        run->tick();
    }
    if (!runs_.empty()) {
        second_->start(kTick);
    }
    check_idle();
}

void RequestQueue::remove_files(const std::string& id) {
    for (const auto& file : files()) {
        if (file.id == id) {
            static_cast<void>(remove_file(path_of(file)));
        }
    }
    unread_.erase(id);
}

void RequestQueue::remove_old_files() {
    is_sweep_armed_ = false;
    std::map<std::string, std::vector<std::string>> names;  // also of writes that were cut off
    std::map<std::string, std::int64_t> youngest;
    for (const auto& name :
         RealFilesystem().list(host_.requests).value_or(std::vector<std::string>())) {
        const std::string id = name.substr(0, name.find('.'));
        if (backup::parse_request_file(id + ".request") && !runs_.contains(id)) {
            const auto age = age_of(host_.requests + "/" + name);
            names[id].push_back(name);
            youngest[id] = youngest.contains(id) ? std::min(youngest[id], age) : age;
        }
    }
    for (const auto& [id, files_of_id] : names) {
        if (youngest[id] < kKept.count()) {
            arm_sweep();
            continue;
        }
        for (const auto& name : files_of_id) {
            static_cast<void>(remove_file(host_.requests + "/" + name));
        }
        unread_.erase(id);
    }
}

void RequestQueue::stop(const std::string& why, std::function<void()> idle) {
    stopping_ = why;
    idle_ = std::move(idle);
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(unread_, [&](const auto& each) {  // of nodes that have had their time
        return now - each.second > kLongestReading;
    });
    for (const auto& [id, run] : runs_) {
        run->cancel(why);
    }
    check_idle();
}

void RequestQueue::check_idle() {
    if (!stopping_.empty() && runs_.empty() && unread_.empty()) {
        stop_waiting();
    }
}

void RequestQueue::stop_waiting() {
    if (idle_) {
        std::exchange(idle_, nullptr)();
    }
}

void RequestQueue::kill() {
    for (const auto& [id, run] : runs_) {
        run->kill();
    }
}

}  // namespace citus_init::repository_host
