#include "supervisor/publisher.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "citus_init/base/file.h"
#include "citus_init/base/log.h"
#include "citus_init/process/process_table.h"
#include "citus_init/process/spawn.h"

namespace citus_init::supervisor {

Publisher::Publisher(const std::string& run_directory)
    : path_(status::state_path(run_directory)),
      pid_(::getpid()),
      pid_start_(process::start_ticks(::getpid()).value_or(0)) {}

namespace {

// Health checks made for the official image wait until /proc/1/comm is "postgres", where the server
// itself is PID 1 once it serves clients.
void take_name_of(status::Phase phase) {
    if (::getpid() == 1) {
        ::prctl(PR_SET_NAME, phase == status::Phase::ready ? "postgres" : process::kOwnName);
    }
}

}  // namespace

void Publisher::publish(status::NodeStatus status) {
    take_name_of(status.phase);
    status.pid = pid_;
    status.pid_start = pid_start_;
    std::string text = status::to_json(status);
    if (text == last_) {
        return;
    }
    // World-readable: `docker exec` may come as any user, and there is no secret in it.
    const Status written = replace_file(path_, text, 0644);
    if (written) {
        complained_ = false;
        last_ = std::move(text);
        return;
    }
    last_.clear();  // so that the next call tries again
    if (!complained_) {
        complained_ = true;
        log::warning(
            "{}. The health check will not know this node; set CITUS_RUN_DIR to a "
            "directory that the server's user can write to.",
            written.error().message);
    }
}

}  // namespace citus_init::supervisor
