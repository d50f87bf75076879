#include "ha/patroni/client/pulse_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "citus_init/ha/patroni/rest_answers.h"

namespace citus_init::patroni {

namespace {

// Each request costs Patroni and us a connection and its TLS handshake: Patroni speaks HTTP/1.0.
constexpr std::chrono::seconds kInterval{2};
constexpr std::chrono::seconds kIntervalInDoubt{1};
constexpr int kProbesPerStatus = 3;  // of a member that runs, and reaches the store

bool is_change(const ha::MemberStatus& before, const ha::MemberStatus& after) {
    return before.role != after.role || before.state != after.state ||
           before.paused != after.paused;
}

}  // namespace

PulseWatch::PulseWatch(RestClient client, StoredGroupWatch& group,
                       ha::MemberMonitor::Watcher watcher)
    : client_(std::move(client)),
      group_(group),
      watcher_(std::move(watcher)),
      thread_([this] { watch(); }) {}

PulseWatch::~PulseWatch() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
    }
    ended_.notify_all();
    thread_.join();
}

ha::MemberStatus PulseWatch::last_status() {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void PulseWatch::watch() {
    for (auto next = std::chrono::steady_clock::now();;) {
        probe();
        const auto pause = is_in_doubt() ? kIntervalInDoubt : kInterval;
        next = std::max(next + pause, std::chrono::steady_clock::now());
        std::unique_lock lock(mutex_);
        if (ended_.wait_until(lock, next, [this] { return ends_; })) {
            return;
        }
    }
}

bool PulseWatch::is_in_doubt() const {
    const auto now = std::chrono::steady_clock::now();
    const auto lease = group_.lease_age(now);
    return store_contact_.is_old(now) || (lease && is_old_contact(lease->by_now));
}

void PulseWatch::probe() {
    const auto liveness = client_.get("/liveness");
    std::optional<int> answer;
    if (liveness) {
        answer = liveness->status;
    } else if (liveness.error().code != ExitCode::unavailable) {
        // Not what we can read, but an answer: it does not hang.
        answer = 0;
    }
    const bool is_in_change = last_status().state != "running";
    const bool is_due = probes_++ % kProbesPerStatus == 0 || is_in_change || is_in_doubt();
    const bool is_new = answer && is_due && take_status();
    const ha::MemberStatus known = last_status();
    ha::Pulse pulse{answer_of(answer, known), known.role, known.state, known.paused};
    // What was known before proves nothing: the server may be too slow to answer Patroni's
    // question.
    if (is_new) {
        const auto now = std::chrono::steady_clock::now();
        const auto contact = store_contact_.take(known, now);
        pulse.store_age = store_age(group_.lease_age(now), contact);
        pulse.failsafe_active = known.failsafe_active;
    }
    watcher_.pulse(pulse);
}

// Patroni queries its server for it, so it may take longer than the other request, which proves
// nothing. What was known of the member before still is where it does not answer.
bool PulseWatch::take_status() {
    const auto status = client_.status();
    if (!status) {
        return false;
    }
    const bool is_news = is_change(last_status(), *status);
    {
        const std::scoped_lock lock(mutex_);
        status_ = *status;
    }
    group_.set_primary(status->role == ha::MemberRole::primary);
    if (is_news) {
        watcher_.change();
    }
    return true;
}

}  // namespace citus_init::patroni
