#include "cli/verbs/health_verb.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/process/process_table.h"

namespace citus_init::cli {

namespace {

using std::chrono::steady_clock;

// The state file outlives a PID 1 that was killed, so it only counts while its process lives. In a
// container that was started again another one has the same pid.
bool lives(const health::State& state) {
    const auto pid = static_cast<pid_t>(state.pid);
    if (::kill(pid, 0) != 0 && errno != EPERM) {
        return false;
    }
    const auto start = process::start_ticks(pid);
    return state.pid_start == 0 || !start || *start == state.pid_start;
}

// Tells in `state` why it is not, where it does not say so itself.
bool is_healthy(health::State& state, const HealthOptions& options) {
    switch (options.scope) {
        case HealthScope::node:
            return state.phase == health::Phase::ready;
        case HealthScope::group: {
            const bool is_ready = state.phase == health::Phase::ready;
            const std::string trouble = is_ready ? options.no_handover() : "";
            state.reason = trouble.empty() ? state.reason : "no handover is possible: " + trouble;
            return is_ready && trouble.empty();
        }
        case HealthScope::cluster:
            return state.phase == health::Phase::ready && state.joined;
        case HealthScope::live:
            break;
    }
    if (state.phase == health::Phase::failed) {
        return false;
    }
    // What is only just starting or stopping has no Patroni to ask.
    const std::string hung = state.phase == health::Phase::ready ? options.hung() : "";
    state.reason = hung.empty() ? state.reason : hung;
    return hung.empty();
}

}  // namespace

health::State read_health(const std::string& run_directory) {
    const std::string path = health::state_path(run_directory);
    health::State state;
    const auto text = RealFilesystem().read(path);
    if (!text) {
        state.phase = health::Phase::failed;
        state.reason = fmt::format("{}: no citus-init runs a server here, or CITUS_RUN_DIR differs",
                                   text.error().message);
        return state;
    }
    auto parsed = health::from_json(*text);
    if (!parsed) {
        state.phase = health::Phase::failed;
        state.reason = fmt::format("\"{}\": {}", path, parsed.error().message);
        return state;
    }
    if (!lives(*parsed)) {
        parsed->phase = health::Phase::failed;
        parsed->reason = fmt::format("the citus-init that wrote \"{}\" is gone", path);
    }
    return *parsed;
}

std::string health_text(const health::State& state) {
    return fmt::format("{}: {}{}{}", health::phase_name(state.phase), state.reason,
                       state.membership.empty() ? "" : "; ", state.membership);
}

int run_health(const HealthOptions& options) {
    const auto deadline = steady_clock::now() + options.wait;
    for (;;) {
        health::State state = read_health(options.run_directory);
        const bool healthy = is_healthy(state, options);
        if (healthy || steady_clock::now() >= deadline) {
            const std::string text =
                options.json ? health::to_json(state) : health_text(state) + "\n";
            static_cast<void>(std::fputs(text.c_str(), stdout));
            return healthy ? 0 : 1;
        }
        // The file is replaced by rename, which a file watch would lose: a short poll is simplest,
        // and it is a person or a script that waits here, never PID 1.
        // Patroni is asked over TLS, so not as often.
        std::this_thread::sleep_for(
            std::chrono::milliseconds(options.scope == HealthScope::group ? 500 : 50));
    }
}

}  // namespace citus_init::cli
