#pragma once

#include <memory>
#include <unordered_map>
#include <utility>

#include "citus_init/citus/membership/memory.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// The sessions of one pass's probes, for the next one right before a call: to connect is most of
// what it costs. Only young ones are given back, since a session shows who answered under the
// address when it was opened, and the call will resolve the name anew.
class KeptSessions {
  public:
    void keep(const HostPort& address, std::unique_ptr<Session> session) {
        if (session && sessions_.size() < kMost) {
            sessions_.insert_or_assign(address, Kept{std::move(session), MembershipClock::now()});
        }
    }

    // Null: there is none, or none that is young enough.
    std::unique_ptr<Session> take(const HostPort& address) {
        const auto found = sessions_.find(address);
        if (found == sessions_.end()) {
            return nullptr;
        }
        Kept kept = std::move(found->second);
        sessions_.erase(found);
        const bool young = MembershipClock::now() - kept.opened <= kLongestTrust;
        return young ? std::move(kept.session) : nullptr;
    }

  private:
    static constexpr std::size_t kMost = 64;
    static constexpr std::chrono::milliseconds kLongestTrust{1'000};

    struct Kept {
        std::unique_ptr<Session> session;
        TimePoint opened;
    };
    std::unordered_map<HostPort, Kept, HostPortHash> sessions_;
};

}  // namespace citus_init::citus
