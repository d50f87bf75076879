#include "agent/maintenance.h"

#include <algorithm>
#include <utility>

namespace citus_init::agent {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Maintenance::Maintenance(const AgentContext& context, LocalSession& local, Reporter& reporter)
    : reporter_(reporter),
      certificate_(context.settings, *context.connector, context.local_target(), reporter),
      peers_(context.settings, local, reporter),
      own_connection_(context, reporter),
      database_(context, reporter),
      recovery_(local, reporter),
      workers_(context.settings, local, reporter) {}

bool Maintenance::parent_gone_within(std::optional<milliseconds> longest) {
    const auto start = Clock::now();
    for (;;) {
        tend();
        auto pause = until_due();
        bool is_last = false;
        if (longest) {
            const auto left = *longest - std::chrono::floor<milliseconds>(Clock::now() - start);
            is_last = left <= milliseconds::zero();
            pause = std::max(milliseconds::zero(), pause ? std::min(*pause, left) : left);
        }
        if (reporter_.parent_gone_within(pause)) {
            return true;
        }
        if (reporter_.hold_wanted()) {
            return false;
        }
        if (reporter_.take_reload_request()) {
            reload_requested_ = true;
            certificate_.probe_soon();
            own_connection_.probe_soon();
        } else if (is_last) {
            return false;
        }
    }
}

void Maintenance::connect_to_own_node(std::unique_ptr<citus::Session> unused) {
    constexpr milliseconds kLongest{2'000};
    constexpr milliseconds kFirstPause{20};
    const auto end = Clock::now() + kLongest;
    auto pause = kFirstPause;  // doubled each time: the server logs each failure
    const bool waits_for_addresses = peers_.due().has_value();
    if (waits_for_addresses) {
        peers_.probe(Clock::now());
    }
    bool succeeds = own_connection_.try_once(std::move(unused));
    while (!succeeds && waits_for_addresses && Clock::now() < end &&
           !reporter_.parent_gone_within(pause)) {
        pause *= 2;
        succeeds = own_connection_.try_once();
    }
    own_connection_.report(Clock::now());
}

// In this order: files that are read anew between the two are noticed.
bool Maintenance::probe_as_clients() {
    connect_to_own_node(database_.probe(Clock::now()));
    return !database_.is_closed();
}

void Maintenance::tend() {
    const auto now = Clock::now();
    if (certificate_.is_due(now)) {
        certificate_.probe(now);
    }
    if (peers_.due() && *peers_.due() <= now) {
        peers_.probe(now);
    }
    if (database_.is_due(now)) {
        database_.probe(now);
    }
    if (database_.take_reload() || certificate_.take_reload()) {
        own_connection_.probe_soon();
    }
    if (own_connection_.due() && *own_connection_.due() <= now) {
        own_connection_.probe(now);
    }
    if (recovery_.due() && *recovery_.due() <= now) {
        recovery_.probe(now);
    }
    if (workers_.due() && *workers_.due() <= now) {
        workers_.probe(now);
    }
}

std::optional<milliseconds> Maintenance::until_due() const {
    std::optional<milliseconds> shortest;
    for (const auto& due : {certificate_.due(), peers_.due(), std::optional(database_.due()),
                            own_connection_.due(), recovery_.due(), workers_.due()}) {
        if (due) {
            const auto left = std::chrono::ceil<milliseconds>(*due - Clock::now());
            shortest = std::max(milliseconds::zero(), shortest ? std::min(*shortest, left) : left);
        }
    }
    return shortest;
}

}  // namespace citus_init::agent
