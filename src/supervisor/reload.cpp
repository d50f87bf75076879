#include "supervisor/reload.h"

#include <unistd.h>

#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/node/slot.h"
#include "citus_init/settings/load.h"

namespace citus_init::supervisor {

void reload(node::Node& node) {
    auto loaded = settings::load_settings(
        node::with_data_directory(settings::environment_from(environ), node.arguments),
        RealFilesystem());
    if (!loaded) {
        log::error("{}\nThe settings stay as they were.", node::as_error(loaded.error()).message);
        return;
    }
    // The directory and the server's own command line were chosen for life.
    loaded->resolved["HOME"] = node.environment["HOME"];
    if (loaded->settings.supervisor.data_slots) {
        node::use_data_directory(loaded->settings, loaded->resolved, node.data_directory);
    }
    std::swap(node.settings, loaded->settings);
    std::swap(node.environment, loaded->resolved);
    Status done = node::check_configuration(node);
    if (done) {
        done = node::write_configuration(node);
    }
    if (!done) {
        std::swap(node.settings, loaded->settings);
        std::swap(node.environment, loaded->resolved);
        log::error("{}\nThe settings stay as they were.", done.error().message);
        return;
    }
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    log::configure({node.settings.supervisor.log_level, node.settings.supervisor.log_format,
                    node.settings.citus.enable ? node.node_name : ""});
}

}  // namespace citus_init::supervisor
