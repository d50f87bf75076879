#include "agent/restore_work.h"

#include <utility>

#include "citus_init/base/text.h"

namespace citus_init::agent {

using citus::RestoredState;

std::optional<std::string> RestoreWork::pass() {
    const auto session = local_.get();
    const auto over =
        session ? is_over(**session) : citus::SqlResult<bool>(tl::unexpected(session.error()));
    if (over && *over) {
        return std::nullopt;
    }
    const auto waits_for =
        over ? work(**session) : citus::SqlResult<std::string>(tl::unexpected(over.error()));
    if (!waits_for) {
        local_.drop();
        return one_line(waits_for.error().text());
    }
    return waits_for->empty() ? std::nullopt : std::optional(*waits_for);
}

bool RestoreWork::is_over() {
    const auto session = local_.get();
    const auto over =
        session ? is_over(**session) : citus::SqlResult<bool>(tl::unexpected(session.error()));
    if (!over) {
        local_.drop();
    }
    return over.value_or(false);
}

citus::SqlResult<bool> RestoreWork::is_over(citus::Session& own) const {
    const auto state = citus::read_restored_state(own, record_.target);
    if (!state) {
        return tl::unexpected(state.error());
    }
    return *state >= (is_settling() ? RestoredState::complete : RestoredState::settled);
}

bool RestoreWork::may_choose_anew() const {
    const auto& backup = context_.settings.backup;
    return !is_settling() && backup && backup->restore.point == settings::kLatestPoint;
}

void RestoreWork::report_once(const status::RestoreReport& report) {
    if (!std::exchange(reported_, true)) {
        reporter_.report(report);
    }
}

}  // namespace citus_init::agent
