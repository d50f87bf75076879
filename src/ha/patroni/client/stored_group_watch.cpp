#include "ha/patroni/client/stored_group_watch.h"

#include <algorithm>
#include <utility>

#include "citus_init/ha/patroni/configuration.h"

namespace citus_init::patroni {

namespace {

constexpr std::chrono::seconds kReadIntervalInDoubt{1};
// One question later, and what the answer to it may take.
constexpr std::chrono::seconds kFresh{5};

}  // namespace

StoredGroupWatch::StoredGroupWatch(EtcdClient etcd, const settings::PatroniSettings& settings,
                                   std::string member)
    : etcd_(std::move(etcd)),
      prefix_(store_prefix(settings.namespace_path, settings.scope)),
      number_(settings.group),
      member_(std::move(member)),
      applying_(lease_of(settings)) {
    if (etcd_.has_servers()) {
        thread_ = std::thread([this] { watch(); });
    }
}

StoredGroupWatch::~StoredGroupWatch() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void StoredGroupWatch::set_primary(bool is_primary) {
    {
        const std::scoped_lock lock(mutex_);
        if (is_primary == is_primary_) {
            return;
        }
        is_primary_ = is_primary;
        last_.reset();
    }
    changed_.notify_all();
}

void StoredGroupWatch::set_lease(const ha::Lease& lease) {
    const std::scoped_lock lock(mutex_);
    applying_ = lease;
}

std::optional<LeaseAge> StoredGroupWatch::lease_age(Clock::time_point now) const {
    const std::scoped_lock lock(mutex_);
    if (!is_fresh(now) || !last_->lease_age) {
        return std::nullopt;
    }
    const auto age = *last_->lease_age;
    return LeaseAge{age, age + std::chrono::ceil<std::chrono::seconds>(now - last_->asked)};
}

std::optional<ha::StoredGroup> StoredGroupWatch::group(Clock::time_point now) const {
    const std::scoped_lock lock(mutex_);
    return is_fresh(now) ? std::optional(last_->group) : std::nullopt;
}

bool StoredGroupWatch::has_read() const {
    const std::scoped_lock lock(mutex_);
    return last_.has_value();
}

bool StoredGroupWatch::is_fresh(Clock::time_point now) const {
    return last_ && now - last_->asked <= kFresh;
}

bool StoredGroupWatch::is_in_doubt() const {
    return last_ && last_->lease_age > ha::doubt_age_of(applying_);
}

void StoredGroupWatch::watch() {
    std::unique_lock lock(mutex_);
    for (auto next = Clock::now(); !ends_;) {
        if (!is_primary_) {
            changed_.wait(lock, [this] { return ends_ || is_primary_; });
            next = Clock::now();
            continue;
        }
        lock.unlock();
        auto reading = read();
        lock.lock();
        if (reading && is_primary_) {
            last_ = std::move(reading);
        }
        const std::chrono::milliseconds pause =
            is_in_doubt() ? kReadIntervalInDoubt : ha::question_interval_of(applying_);
        next = std::max(next + pause, Clock::now());
        changed_.wait_until(lock, next, [this] { return ends_ || !is_primary_; });
    }
}

std::optional<StoredGroupWatch::Reading> StoredGroupWatch::read() {
    Reading reading{Clock::now(), {}, {}};
    const auto entries = etcd_.read(prefix_ + std::to_string(number_) + "/");
    if (!entries) {
        return std::nullopt;
    }
    const auto groups = stored_groups(*entries, prefix_);
    if (const auto found = groups.find(number_); found != groups.end()) {
        reading.group = found->second;
    }
    if (reading.group.leader == member_ && !reading.group.leader_lease.empty()) {
        const auto lease = etcd_.lease(reading.group.leader_lease);
        if (!lease) {
            return std::nullopt;
        }
        reading.lease_age = lease->granted - lease->left;
    }
    return reading;
}

}  // namespace citus_init::patroni
