#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/agent/reporter.h"
#include "citus_init/citus/session.h"
#include "citus_init/settings/settings.h"

namespace citus_init::agent {

// Keeps the running node's certificate good: has a new one made when two thirds of its life are
// over, takes the user's own files when they changed, and lets the server read them again.
class CertificateWatch {
  public:
    using Clock = std::chrono::steady_clock;

    CertificateWatch(const settings::Settings& settings, citus::Connector& connector,
                     citus::ConnectionTarget local, Reporter& reporter);

    // When to probe next; none where there is nothing to watch.
    std::optional<Clock::time_point> due() const { return due_; }
    // Also when the machine's clock was set since the last probe, which may end a certificate.
    bool is_due(Clock::time_point now) const;

    // The user's files may have changed.
    void probe_soon();

    // Never fails: what goes wrong is logged, and tried again.
    void probe(Clock::time_point now);

    // Whether the server has, since the last call, been sent a reload for a new one: whoever else
    // uses it has to read it as well.
    [[nodiscard]] bool take_reload() { return std::exchange(reloaded_, false); }

  private:
    void report_of_the_end(std::int64_t ends, bool is_new);
    void reload_server();

    const settings::Settings& settings_;
    citus::Connector& connector_;
    citus::ConnectionTarget local_;
    Reporter& reporter_;
    std::optional<Clock::time_point> due_;
    bool reload_needed_ = false;
    bool reloaded_ = false;
    std::int64_t reported_end_ = 0;
    Clock::time_point probed_{};
    std::int64_t time_of_day_ = 0;  // then, in seconds since 1970
};

}  // namespace citus_init::agent
