#include "agent/database_watch.h"

#include <utility>

namespace citus_init::agent {

namespace {

// Clients that find no Citus are reported within ten seconds.
constexpr std::chrono::seconds kInterval{7};

status::Condition condition_of(citus::CitusLoss loss, const std::string& database) {
    switch (loss) {
        case citus::CitusLoss::none:
            break;
        case citus::CitusLoss::database:
            return {status::ConditionKind::database_gone, database};
        case citus::CitusLoss::extension:
            return {status::ConditionKind::extension_gone, database};
    }
    return {};
}

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
    reporter_.report(status::UnfitReport{condition_of(gone_, context_.settings.citus.database)});
    reporter_.warning(is_gone() ? to_string(gone_, context_.settings.citus.database)
                                : "what was gone of Citus is there again");
}

}  // namespace citus_init::agent
