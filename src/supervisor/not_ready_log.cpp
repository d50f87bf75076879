#include "supervisor/not_ready_log.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/log.h"

namespace citus_init::supervisor {

namespace {

using Milliseconds = NotReadyLog::Milliseconds;
using health::Phase;

// Less than the 10 s that are promised.
constexpr Milliseconds kFirst{8'000};
constexpr Milliseconds kAgain{60'000};

std::string reason_of(const health::State& state) {
    return fmt::format("{}: {}{}{}", health::phase_name(state.phase), state.reason,
                       state.membership.empty() ? "" : "; ", state.membership);
}

Milliseconds monotonic_now() {
    return std::chrono::duration_cast<Milliseconds>(boot_time());
}

}  // namespace

void NotReadyLog::observe(const health::State& state, Milliseconds now) {
    if (state.phase == Phase::ready || state.phase == Phase::stopping) {
        period_.reset();
        return;
    }
    if (!period_) {
        period_ = Period{now, now, std::nullopt, "", state};
        return;
    }
    period_->state = state;
    if (period_->last_line && reason_of(state) == period_->last_reason) {
        period_->new_reason_since.reset();
    } else if (!period_->new_reason_since) {
        period_->new_reason_since = now;
    }
}

Milliseconds NotReadyLog::due() const {
    const auto by_reason =
        period_->new_reason_since.value_or(Milliseconds::max() - kFirst) + kFirst;
    return period_->last_line ? std::min(by_reason, *period_->last_line + kAgain) : by_reason;
}

std::optional<Milliseconds> NotReadyLog::until_due(Milliseconds now) const {
    return period_ ? std::optional(std::max(Milliseconds::zero(), due() - now)) : std::nullopt;
}

std::optional<NotReadyLog::Line> NotReadyLog::take_due(Milliseconds now) {
    if (!period_ || now < due()) {
        return std::nullopt;
    }
    const health::State& state = period_->state;
    period_->last_line = now;
    period_->new_reason_since.reset();
    period_->last_reason = reason_of(state);
    return Line{state.phase != Phase::bootstrapping && state.phase != Phase::recovering,
                fmt::format("not ready for {} s, {}",
                            std::chrono::floor<std::chrono::seconds>(now - period_->start).count(),
                            period_->last_reason)};
}

Result<std::unique_ptr<NotReadyReporter>> NotReadyReporter::create(process::EventLoop& loop) {
    std::unique_ptr<NotReadyReporter> self(new NotReadyReporter());
    auto expired = [raw = self.get()] { raw->write_due(); };
    CITUS_INIT_TRY(keep(self->timer_, process::Timer::create(loop, expired)));
    return self;
}

void NotReadyReporter::observe(const health::State& state) {
    log_.observe(state, monotonic_now());
    arm();
}

void NotReadyReporter::write_due() {
    if (const auto line = log_.take_due(monotonic_now())) {
        log::write(line->is_warning ? log::Level::warning : log::Level::info, line->text);
    }
    arm();
}

void NotReadyReporter::arm() {
    if (const auto delay = log_.until_due(monotonic_now())) {
        timer_->start(*delay);
    } else {
        timer_->cancel();
    }
}

}  // namespace citus_init::supervisor
