#include "app/supervisor/publisher.h"

#include <unistd.h>

#include "citus_init/base/file.h"
#include "citus_init/base/log.h"
#include "citus_init/process/process_table.h"

namespace citus_init::app {

Publisher::Publisher(const std::string& run_directory)
    : path_(health::state_path(run_directory)),
      pid_(::getpid()),
      pid_start_(process::start_ticks(::getpid()).value_or(0)) {}

void Publisher::publish(health::State state) {
    state.pid = pid_;
    state.pid_start = pid_start_;
    std::string text = health::to_json(state);
    if (text == last_) {
        return;
    }
    // World-readable: `docker exec` may come as any user, and there is no secret in it.
    const Status written = replace_file(path_, text, 0644);
    if (!written && !complained_) {
        complained_ = true;
        log::warning(
            "{}. The health check will not know this node; set CITUS_RUN_DIR to a "
            "directory that the server's user can write to.",
            written.error().message);
    }
    last_ = std::move(text);
}

}  // namespace citus_init::app
