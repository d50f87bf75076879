#include "citus_init/agent/reporter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <limits>
#include <utility>

#include "citus_init/base/log.h"

namespace citus_init::agent {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

// An order is repeated until the server is stopped for it.
bool is_order(const status::Report& report) {
    const auto* restore = std::get_if<status::RestoreReport>(&report);
    return restore != nullptr && restore->step == status::RestoreStep::ordered;
}

bool is_sent_each_time(const status::Report& report) {
    return is_order(report) || std::holds_alternative<status::Alive>(report) ||
           std::holds_alternative<status::Prepared>(report) ||
           std::holds_alternative<status::NodeReport>(report) ||
           std::holds_alternative<status::TrafficReport>(report) ||
           std::holds_alternative<status::ReadinessReport>(report) ||
           std::holds_alternative<status::Fatal>(report) ||
           std::holds_alternative<ha::Pulse>(report);
}

void log_report(const status::Report& report, const std::string& line) {
    if (const auto* warning = std::get_if<status::Warning>(&report)) {
        log::warning("{}", warning->text);
    } else if (const auto* fatal = std::get_if<status::Fatal>(&report)) {
        log::warning("{}", fatal->text);
    } else if (!std::holds_alternative<status::Alive>(report)) {
        log::info("{}", line.substr(0, line.size() - 1));
    }
}

}  // namespace

// Without an eventfd the waits end in time only.
Reporter::Reporter(Fd socket)
    : socket_(std::move(socket)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // What PID 1 knows from an agent before this one holds until there is something else.
    for (const status::Report& nothing :
         {status::Report(status::PeersReport()), status::Report(status::Warning())}) {
        last_.at(nothing.index()) = status::encode_report(nothing);
    }
}

void Reporter::start_heartbeat() {
    heartbeat_ = std::jthread([this](const std::stop_token& stopped) { beat_until(stopped); });
}

void Reporter::beat_until(const std::stop_token& stopped) {
    constexpr std::chrono::seconds kInterval{10};
    constexpr std::chrono::minutes kLongestStep{30};
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stopped.stop_requested()) {
        if (waiting_ || Clock::now() - progress_.load() < kLongestStep) {
            const status::Report alive =
                status::Alive{{succeeded_passes_.load(), failed_passes_.load()}};
            const std::scoped_lock reporting(reporting_);
            write(alive, status::encode_report(alive));
        }
        wake.wait_for(lock, stopped, kInterval, [] { return false; });
    }
}

void Reporter::report(const status::Report& report) {
    note_progress();
    report_beside(report);
}

void Reporter::report_beside(const status::Report& report) {
    std::string line = status::encode_report(report);
    const std::scoped_lock lock(reporting_);
    auto& last = last_.at(report.index());
    if (is_sent_each_time(report) || last != line) {
        write(report, line);
        last = std::move(line);
    }
}

void Reporter::report_unfit(UnfitSource source, const status::Condition& condition) {
    unfit_[source] = condition;
    const auto first = std::find_if(unfit_.begin(), unfit_.end(),
                                    [](const auto& entry) { return !is_none(entry.second); });
    report(status::UnfitReport{first == unfit_.end() ? status::Condition() : first->second});
}

void Reporter::write(const status::Report& report, const std::string& line) {
    if (!socket_) {
        return log_report(report, line);
    }
    std::string_view rest = line;
    while (!rest.empty()) {
        // No SIGPIPE: parent_gone_within() reports that the other end is closed.
        const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return;
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
}

void Reporter::wake() {
    ::eventfd_write(wake_.get(), 1);  // EAGAIN: it is awake
}

bool Reporter::hung_up() {
    std::array<char, 256> requests{};
    const ssize_t count = ::recv(socket_.get(), requests.data(), requests.size(), MSG_DONTWAIT);
    for (ssize_t i = 0; i < count; ++i) {
        const char request = requests.at(static_cast<std::size_t>(i));
        reload_requested_ = reload_requested_ || request == status::kReload;
        hold_wanted_ = hold_wanted_ || request == status::kHoldTraffic;
    }
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

bool Reporter::parent_gone_within(std::optional<milliseconds> longest) {
    const auto deadline = Clock::now() + longest.value_or(milliseconds::zero());
    for (;;) {
        int timeout = -1;
        if (longest) {
            const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
            timeout = static_cast<int>(
                std::clamp<milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
        }
        // -1 is passed over by poll(2).
        std::array<pollfd, 2> watched{{{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
        waiting_ = true;
        const int count = ::poll(watched.data(), watched.size(), timeout);
        note_progress();
        waiting_ = false;
        if (count == 0) {
            return false;
        }
        if (count > 0 && watched[0].revents != 0 && hung_up()) {
            return true;
        }
        eventfd_t wakes = 0;
        if (::eventfd_read(wake_.get(), &wakes) == 0 || reload_requested_ || hold_wanted_) {
            return false;
        }
    }
}

}  // namespace citus_init::agent
