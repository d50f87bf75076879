#include "cli/verbs/health_verb.h"

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/process/process_table.h"

namespace citus_init::cli {

namespace {

using std::chrono::steady_clock;

// The state file outlives a PID 1 that was killed, so it only counts while its process lives. In a
// container that was started again another one has the same pid.
bool lives(const status::NodeStatus& status) {
    return process::lives(status.pid, status.pid_start);
}

bool is_ready(const status::NodeStatus& status) {
    return status.phase == status::Phase::ready;
}

// Puts the cause into `status` where the node is ready and yet not healthy.
bool fails_for(status::NodeStatus& status, status::ConditionKind kind, const std::string& cause) {
    if (cause.empty()) {
        return false;
    }
    status.condition = {kind, "", "", cause};
    return true;
}

bool is_healthy(status::NodeStatus& status, const HealthOptions& options) {
    using status::ConditionKind;
    switch (options.scope) {
        case HealthScope::node:
            return is_ready(status);
        case HealthScope::group:
            return is_ready(status) &&
                   !fails_for(status, ConditionKind::no_handover, options.no_handover());
        case HealthScope::cluster:
            return is_ready(status) && status.membership.joined;
        case HealthScope::live:
            break;
    }
    // What is only just starting or stopping has no Patroni to ask.
    return is_ready(status) ? !fails_for(status, ConditionKind::patroni_hung, options.hung())
                            : status.phase != status::Phase::failed;
}

status::NodeStatus failed(status::NodeStatus status, status::Condition condition) {
    status.phase = status::Phase::failed;
    status.condition = std::move(condition);
    return status;
}

}  // namespace

status::NodeStatus read_health(const std::string& run_directory) {
    using status::ConditionKind;
    const std::string path = status::state_path(run_directory);
    const auto text = RealFilesystem().read(path);
    if (!text) {
        return failed({}, {ConditionKind::state_file_missing, path, "", text.error().message});
    }
    auto status = status::node_status_from_json(*text);
    if (!status) {
        return failed({}, {ConditionKind::state_file_unreadable, path, "", status.error().message});
    }
    return lives(*status) ? *std::move(status)
                          : failed(*std::move(status), {ConditionKind::process_gone, path});
}

int run_health(const HealthOptions& options) {
    const auto deadline = steady_clock::now() + options.wait;
    for (;;) {
        auto status = read_health(options.run_directory);
        const bool healthy = is_healthy(status, options);
        if (healthy || steady_clock::now() >= deadline) {
            const std::string text =
                options.json ? to_json_with_texts(status) : text_of(status) + "\n";
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
