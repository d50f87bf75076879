#include "ha/patroni/client/pulse_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "citus_init/ha/patroni/rest_answers.h"

namespace citus_init::patroni {

namespace {

bool is_change(const ha::MemberStatus& before, const ha::MemberStatus& after) {
    return before.role != after.role || before.state != after.state ||
           before.paused != after.paused;
}

}  // namespace

PulseWatch::PulseWatch(RestClient client, StoredGroupWatch& group, const ha::Lease& lease,
                       ha::MemberMonitor::Watcher watcher)
    : client_(std::move(client)),
      group_(group),
      watcher_(std::move(watcher)),
      lease_(lease),
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

void PulseWatch::set_lease(const ha::Lease& lease) {
    {
        const std::scoped_lock lock(mutex_);
        lease_ = lease;
    }
    group_.set_lease(lease);
}

void PulseWatch::watch() {
    for (auto next = std::chrono::steady_clock::now();;) {
        const bool is_answered = probe(schedule_.next(known()));
        const auto pause = schedule_.pause(known(), is_answered);
        next = std::max(next + pause, std::chrono::steady_clock::now());
        std::unique_lock lock(mutex_);
        if (ended_.wait_until(lock, next, [this] { return ends_; })) {
            return;
        }
    }
}

// A replica needs no contact with the store: the watchdog leaves it alone.
PulseSchedule::Known PulseWatch::known() {
    PulseSchedule::Known known;
    bool is_primary = false;
    {
        const std::scoped_lock lock(mutex_);
        known.lease = lease_;
        known.is_running = status_.state == "running";
        is_primary = status_.role == ha::MemberRole::primary;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto lease = group_.lease_age(now);
    const auto age = store_age(lease, store_contact_.age(now));
    known.is_in_doubt = is_primary && age > ha::doubt_age_of(known.lease);
    known.needs_liveness = is_primary && !lease;
    return known;
}

// True: it was answered.
bool PulseWatch::probe(PulseSchedule::Question question) {
    using Question = PulseSchedule::Question;
    constexpr int kOk = 200;
    bool is_new = question == Question::status && take_status();
    const auto answer = is_new ? std::optional(kOk) : liveness();
    if (answer && question == Question::both) {
        is_new = take_status();
    }
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
    return answer.has_value();
}

// None: no answer.
std::optional<int> PulseWatch::liveness() {
    const auto response = client_.get("/liveness");
    if (response) {
        return response->status;
    }
    // Not what we can read, but an answer: it does not hang.
    return response.error().code != ExitCode::unavailable ? std::optional(0) : std::nullopt;
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
