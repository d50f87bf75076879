#include "app/supervisor/publisher.h"

#include "citus_init/base/file.h"
#include "citus_init/base/log.h"

namespace citus_init::app {

Publisher::Publisher(const std::string& run_directory) : path_(health::state_path(run_directory)) {}

void Publisher::publish(const health::State& state) {
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
