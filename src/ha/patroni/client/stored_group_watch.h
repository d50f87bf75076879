#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/ha/patroni/store_contact.h"
#include "citus_init/ha/patroni/stored_group.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::patroni {

// Reads this member's group from etcd each question_interval_of() while the member is a primary,
// every second once the lease is older than doubt_age_of(), on a thread of its own. Patroni cannot
// be asked instead: GET /cluster sets dcs_last_seen, from its memory too, whether or not the loop
// that renews the leader key still runs.
class StoredGroupWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // `member`: this one's name. Reads nothing where the settings name no etcd servers.
    StoredGroupWatch(EtcdClient etcd, const settings::PatroniSettings& settings,
                     std::string member);
    StoredGroupWatch(const StoredGroupWatch&) = delete;
    StoredGroupWatch& operator=(const StoredGroupWatch&) = delete;
    // Waits for a request that is on its way, as EtcdClient does.
    ~StoredGroupWatch();

    // Thread-safe. A change of the role discards what was read.
    void set_primary(bool is_primary);

    // The lease applies from now on. Thread-safe.
    void set_lease(const ha::Lease& lease);

    // How long ago the lease of the leader key was renewed, for the last second rounded up. None
    // where etcd has not said so within the last few seconds, or the key is not this member's.
    std::optional<LeaseAge> lease_age(Clock::time_point now) const;

    // As read within the last few seconds.
    std::optional<ha::StoredGroup> group(Clock::time_point now) const;

    // Since the member became a primary. Etcd that was never read may be out of reach for us alone.
    bool has_read() const;

  private:
    struct Reading {
        Clock::time_point asked;
        ha::StoredGroup group;
        std::optional<std::chrono::seconds> lease_age;  // at `asked`
    };

    void watch();
    std::optional<Reading> read();
    bool is_fresh(Clock::time_point now) const;
    bool is_in_doubt() const;

    EtcdClient etcd_;
    std::string prefix_;  // of the cluster's keys
    int number_;          // of the group
    std::string member_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    ha::Lease applying_;
    bool is_primary_ = false;
    bool ends_ = false;
    std::optional<Reading> last_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace citus_init::patroni
