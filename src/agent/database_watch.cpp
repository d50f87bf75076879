#include "agent/database_watch.h"

#include <utility>

#include "citus_init/base/text.h"

namespace citus_init::agent {

namespace {

// Clients that find no Citus are reported within ten seconds.
constexpr std::chrono::seconds kInterval{7};
// Three probes without a session: on a busy machine one may take longer than it waits, and slots
// that are all taken may be free at once again.
constexpr std::chrono::seconds kPatience = 2 * kInterval;

bool lets_nobody_in(const citus::DatabaseState& state) {
    return !state.unresponsive.empty() || !state.slots_taken.empty();
}

status::Condition condition_of(citus::CitusLoss loss, const std::string& database) {
    switch (loss) {
        case citus::CitusLoss::none:
            break;
        case citus::CitusLoss::database:
            return {status::ConditionKind::database_gone, database};
        case citus::CitusLoss::extension:
            return {status::ConditionKind::extension_gone, database};
        case citus::CitusLoss::metadata:
            return {status::ConditionKind::metadata_gone, database};
    }
    return {};
}

}  // namespace

DatabaseWatch::DatabaseWatch(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter), due_(Clock::now() + kInterval) {}

std::unique_ptr<citus::Session> DatabaseWatch::probe(Clock::time_point now) {
    due_ = now + kInterval;
    auto state = citus::probe_database(*context_.connector, context_.local_target());
    if (!state) {
        return nullptr;
    }
    report_closed(*state, now);
    if (lets_nobody_in(*state)) {
        return nullptr;
    }
    if (const auto& loaded = state->access.configuration_loaded; !loaded.empty()) {
        const std::string before = std::exchange(configuration_loaded_, loaded);
        reloaded_ = reloaded_ || (!before.empty() && before != loaded);
    }
    report_loss(loss_of(*state));
    return std::move(state->session);
}

void DatabaseWatch::report_loss(citus::CitusLoss gone) {
    if (gone == gone_) {
        return;
    }
    gone_ = gone;
    reporter_.report_unfit(UnfitSource::database,
                           condition_of(gone_, context_.settings.citus.database));
    reporter_.warning(is_gone() ? to_string(gone_, context_.settings.citus.database)
                                : "what was gone of Citus is there again");
}

citus::CitusLoss DatabaseWatch::loss_of(const citus::DatabaseState& state) {
    if (server_id_.empty()) {
        server_id_ = state.server_id;
    }
    return citus::is_other_metadata(server_id_, state.server_id) ? citus::CitusLoss::metadata
                                                                 : state.gone;
}

void DatabaseWatch::report_closed(const citus::DatabaseState& state, Clock::time_point now) {
    status::Condition closed;
    const auto& access = state.access;
    if (!access.closed.empty()) {
        closed = {status::ConditionKind::database_closed, context_.settings.citus.database, "",
                  one_line(access.closed)};
    } else if (!access.writes_fail.empty()) {
        closed = {status::ConditionKind::writes_fail, context_.settings.citus.database, "",
                  one_line(access.writes_fail)};
    }
    if (lets_nobody_in(state)) {
        let_nobody_in_since_ = let_nobody_in_since_.value_or(now);
        const auto lasted = std::chrono::floor<std::chrono::seconds>(now - *let_nobody_in_since_);
        if (lasted < kPatience || !is_none(closed_)) {
            return;
        }
        closed = state.slots_taken.empty()
                     ? status::Condition{status::ConditionKind::server_unresponsive, "", "",
                                         one_line(state.unresponsive)}
                     : status::Condition{status::ConditionKind::connection_slots_taken, "", "",
                                         one_line(state.slots_taken)};
        closed.number = lasted.count();
    } else {
        let_nobody_in_since_.reset();
    }
    if (closed == closed_) {
        return;
    }
    closed_ = closed;
    reporter_.report(status::ReadinessReport{closed_});
    reporter_.warning(is_none(closed_) ? "clients can use the Citus database again"
                                       : text_of(closed_));
}

}  // namespace citus_init::agent
