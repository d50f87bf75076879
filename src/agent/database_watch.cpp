#include "agent/database_watch.h"

#include <utility>

#include "citus_init/citus/node_preparation.h"

namespace citus_init::agent {

namespace {

// Clients that find no Citus are reported within ten seconds.
constexpr std::chrono::seconds kInterval{7};

}  // namespace

DatabaseWatch::DatabaseWatch(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter), due_(Clock::now() + kInterval) {}

void DatabaseWatch::probe(Clock::time_point now) {
    due_ = now + kInterval;
    const auto state = citus::probe_database(*context_.connector, context_.local_target());
    if (!state) {
        return;
    }
    if (!state->configuration_loaded.empty()) {
        // The first one counts, too: files may have been read anew since the node was prepared.
        const std::string before =
            std::exchange(configuration_loaded_, state->configuration_loaded);
        reloaded_ = reloaded_ || before != configuration_loaded_;
    }
    if (state->gone == gone_) {
        return;
    }
    gone_ = state->gone;
    reporter_.unfit(gone_);
    reporter_.warning(gone_.empty() ? "what was gone of Citus is there again" : gone_);
}

}  // namespace citus_init::agent
