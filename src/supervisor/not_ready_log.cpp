#include "supervisor/not_ready_log.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/log.h"

namespace citus_init::supervisor {

namespace {

using Milliseconds = NotReadyLog::Milliseconds;
using status::Phase;

// Less than the 10 s that are promised.
constexpr Milliseconds kFirst{8'000};
constexpr Milliseconds kAgain{60'000};

Milliseconds monotonic_now() {
    return std::chrono::duration_cast<Milliseconds>(boot_time());
}

}  // namespace

void NotReadyLog::observe(const status::NodeStatus& status, Milliseconds now) {
    if (status.phase == Phase::ready || status.phase == Phase::stopping) {
        period_.reset();
        return;
    }
    if (!period_) {
        period_ = Period{now, now, std::nullopt, "", status};
        return;
    }
    period_->status = status;
    if (period_->last_line && text_of(status) == period_->last_reason) {
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
    const status::NodeStatus& status = period_->status;
    period_->last_line = now;
    period_->new_reason_since.reset();
    period_->last_reason = text_of(status);
    return Line{status.phase != Phase::bootstrapping && status.phase != Phase::recovering,
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

void NotReadyReporter::observe(const status::NodeStatus& status) {
    log_.observe(status, monotonic_now());
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
