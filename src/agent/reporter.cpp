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

// Without one the waits end in time only.
Reporter::Reporter(Fd socket)
    : socket_(std::move(socket)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

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
            const std::scoped_lock telling(telling_);
            write({status::ReportKind::alive, 0, {}});
        }
        wake.wait_for(lock, stopped, kInterval, [] { return false; });
    }
}

void Reporter::prepared() {
    send({status::ReportKind::prepared, 0, {}});
}

void Reporter::node(const status::NodeReport& report) {
    send({status::ReportKind::node, 0, status::to_json(report)});
}

void Reporter::membership(const std::string& status, bool joined) {
    send_if_new(last_joined_, status::ReportKind::joined, joined ? "yes" : "no");
    send_if_new(last_membership_, status::ReportKind::membership, status);
}

void Reporter::unfit(const std::string& why) {
    send_if_new(last_unfit_, status::ReportKind::unfit, why);
}

void Reporter::place(const status::PlaceReport& report) {
    send_if_new(last_place_, status::ReportKind::place, status::to_json(report));
}

void Reporter::peers(const std::string& addresses) {
    send_if_new(last_peers_, status::ReportKind::peers, addresses);
}

void Reporter::pulse(const ha::Pulse& pulse) {
    send({status::ReportKind::pulse, 0, ha::to_json(pulse)});
}

void Reporter::lease(const ha::Lease& lease) {
    send_if_new(last_lease_, status::ReportKind::lease, ha::to_json(lease));
}

void Reporter::readiness(const std::string& what_it_waits_for) {
    send_if_new(last_readiness_, status::ReportKind::readiness, what_it_waits_for);
}

void Reporter::own_connection(const std::string& failure) {
    send_if_new(last_own_connection_, status::ReportKind::own_connection, failure);
}

void Reporter::handover(const std::string& trouble) {
    send_if_new(last_handover_, status::ReportKind::handover, trouble);
}

void Reporter::traffic(const std::string& why_not) {
    send({status::ReportKind::traffic, 0, why_not});
}

void Reporter::warning(const std::string& text) {
    send_if_new(last_warning_, status::ReportKind::warning, text);
}

void Reporter::fatal(const Error& error) {
    send({status::ReportKind::fatal, static_cast<int>(error.code), error.message});
}

void Reporter::send(const status::Report& report) {
    note_progress();
    const std::scoped_lock lock(telling_);
    write(report);
}

void Reporter::send_if_new(std::optional<std::string>& last, status::ReportKind kind,
                           const std::string& text) {
    note_progress();
    const std::scoped_lock lock(telling_);
    if (std::exchange(last, text) != text) {
        write({kind, 0, text});
    }
}

void Reporter::write(const status::Report& report) {
    if (!socket_) {
        if (report.kind == status::ReportKind::alive) {
            return;
        }
        const bool bad =
            report.kind == status::ReportKind::warning || report.kind == status::ReportKind::fatal;
        log::write(bad ? log::Level::warning : log::Level::info,
                   report.kind == status::ReportKind::prepared ? "prepared" : report.text);
        return;
    }
    const std::string line = status::encode_report(report);
    std::string_view rest = line;
    while (!rest.empty()) {
        // No SIGPIPE: that the other end is closed is for parent_gone_within() to tell.
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
        reload_requested_ = reload_requested_ || request == status::kProbeAgain;
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
