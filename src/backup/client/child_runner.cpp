#include "citus_init/backup/client/child_runner.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/pipe.h"
#include "citus_init/process/exit_status.h"
#include "citus_init/process/memory_file.h"
#include "citus_init/process/spawn.h"

namespace citus_init::backup {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A list has some 80 bytes for each restore point, and 600 for each base backup.
constexpr std::size_t kMostOutput = 64U << 20U;
constexpr std::size_t kMostErrors = 64U << 10U;

// One stream of the child: kept up to a limit, read to its end, so that the child never waits.
class Stream {
  public:
    using Listener = std::function<void(std::string_view)>;

    Stream(int descriptor, std::size_t most, std::string& text, const Listener& listener)
        : descriptor_(descriptor), most_(most), text_(text), listener_(listener) {}

    // -1, which poll(2) passes over, after the end.
    int descriptor() const { return descriptor_; }
    bool has_ended() const { return descriptor_ < 0; }
    bool is_cut() const { return is_cut_; }

    void read() {
        std::array<char, 16384> buffer{};
        const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
        if (count > 0) {
            const auto room = most_ - std::min(most_, text_.size());
            text_.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
            is_cut_ = is_cut_ || room < static_cast<std::size_t>(count);
            if (listener_) {
                listener_({buffer.data(), static_cast<std::size_t>(count)});
            }
        } else if (count == 0 || errno != EINTR) {
            descriptor_ = -1;
        }
    }

  private:
    int descriptor_;
    std::size_t most_;
    std::string& text_;
    const Listener& listener_;
    bool is_cut_ = false;
};

enum class End { closed, deadline, stopped };

End read_all(Stream& output, Stream& errors, int stop, Clock::time_point deadline) {
    while (!output.has_ended() || !errors.has_ended()) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            return End::deadline;
        }
        std::array<pollfd, 3> watched{{{output.descriptor(), POLLIN, 0},
                                       {errors.descriptor(), POLLIN, 0},
                                       {stop, POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), static_cast<int>(left)) <= 0) {
            continue;  // the deadline, or a signal
        }
        if (watched[2].revents != 0) {
            return End::stopped;
        }
        if (watched[0].revents != 0) {
            output.read();
        }
        if (watched[1].revents != 0) {
            errors.read();
        }
    }
    return End::closed;
}

class ChildRunner final : public Runner {
  public:
    ChildRunner(std::string configuration, Secret cipher_pass)
        : configuration_(std::move(configuration)), cipher_pass_(std::move(cipher_pass)) {}

    [[nodiscard]] Result<Run> run(const Command& command, milliseconds deadline,
                                  const std::stop_token& stop) override {
        auto output = make_pipe();
        auto errors = make_pipe();
        const auto input = process::make_memory_file("pgbackrest", command.input);
        const Fd stopping(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!output || !errors || !input || !stopping) {
            return fail(errno_error("cannot run pgbackrest", errno, ExitCode::os));
        }
        const std::stop_callback wake(stop, [&] { ::eventfd_write(stopping.get(), 1); });
        process::Command child = child_for(command);
        child.descriptors = {{input->get(), STDIN_FILENO},
                             {output->writing.get(), STDOUT_FILENO},
                             {errors->writing.get(), STDERR_FILENO}};
        const auto pid = process::spawn(child);
        if (!pid) {
            return fail(ExitCode::os, pid.error().message);
        }
        output->writing.reset();
        errors->writing.reset();
        Run run;
        Stream out(output->reading.get(), kMostOutput, run.output, command.on_output);
        const Stream::Listener nobody;
        Stream err(errors->reading.get(), kMostErrors, run.errors, nobody);
        const End end = read_all(out, err, stopping.get(), Clock::now() + deadline);
        if (end != End::closed) {
            ::kill(-*pid, SIGKILL);  // its local processes as well
        }
        run.code = process::wait_for_end(*pid).shell_code();
        run.timed_out = end == End::deadline;
        run.is_cut = out.is_cut();
        if (end == End::stopped) {
            return fail(ExitCode::unavailable, "stopped on request");
        }
        return run;
    }

  private:
    process::Command child_for(const Command& command) const {
        process::Command child;
        child.arguments = {"pgbackrest", "--config=" + configuration_, kErrorsToStderr};
        child.arguments.insert(child.arguments.end(), command.arguments.begin(),
                               command.arguments.end());
        child.parent_death_signal = SIGKILL;
        const auto& words = command.arguments;
        if (!cipher_pass_.empty() &&
            std::find(words.begin(), words.end(), "repo-get") != words.end()) {
            child.environment = process::own_environment();
            child.environment->push_back("PGBACKREST_CIPHER_PASS=" + cipher_pass_.reveal());
        }
        return child;
    }

    std::string configuration_;
    Secret cipher_pass_;
};

}  // namespace

std::unique_ptr<Runner> make_child_runner(std::string configuration, Secret cipher_pass) {
    return std::make_unique<ChildRunner>(std::move(configuration), std::move(cipher_pass));
}

}  // namespace citus_init::backup
