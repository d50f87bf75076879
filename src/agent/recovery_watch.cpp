#include "agent/recovery_watch.h"

#include "citus_init/citus/recovery.h"

namespace citus_init::agent {

void RecoveryWatch::probe(Clock::time_point now) {
    constexpr std::chrono::seconds kInterval{5};
    const auto session = local_.get();
    const auto progress = session ? citus::recovery_progress(**session)
                                  : citus::SqlResult<std::optional<citus::RecoveryProgress>>(
                                        tl::unexpected(session.error()));
    if (!progress) {
        local_.drop();
        due_ = now + kInterval;
        return;
    }
    reporter_.report(status::RecoveryReport{*progress});
    due_ = *progress ? std::optional(now + kInterval) : std::nullopt;
}

}  // namespace citus_init::agent
