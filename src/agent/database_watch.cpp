#include "agent/database_watch.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::agent {

namespace {

// Clients that find no Citus are reported within ten seconds.
constexpr std::chrono::seconds kInterval{7};
// Three probes without an answer: on a busy machine one may take longer than it waits.
constexpr std::chrono::seconds kUnresponsive = 2 * kInterval;

}  // namespace

DatabaseWatch::DatabaseWatch(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter), due_(Clock::now() + kInterval) {}

void DatabaseWatch::probe(Clock::time_point now) {
    due_ = now + kInterval;
    const auto state = citus::probe_database(*context_.connector, context_.local_target());
    if (!state) {
        return;
    }
    report_closed(*state, now);
    if (!state->unresponsive.empty()) {
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

void DatabaseWatch::report_closed(const citus::DatabaseState& state, Clock::time_point now) {
    std::string closed = state.closed;
    if (state.unresponsive.empty()) {
        unresponsive_since_.reset();
    } else {
        unresponsive_since_ = unresponsive_since_.value_or(now);
        const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *unresponsive_since_);
        if (seconds < kUnresponsive || !closed_.empty()) {
            return;
        }
        closed = fmt::format(
            "PostgreSQL has not responded to a connection for {} s ({}). Check PostgreSQL's log "
            "and "
            "whether its process is stopped; restart the container if it stays unresponsive",
            seconds.count(), one_line(state.unresponsive));
    }
    if (closed == closed_) {
        return;
    }
    closed_ = closed;
    reporter_.readiness(closed_);
    reporter_.warning(closed_.empty() ? "clients can connect to the Citus database again"
                                      : closed_);
}

}  // namespace citus_init::agent
