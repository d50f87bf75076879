#include "app/supervisor/reload.h"

#include <unistd.h>

#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/settings/load.h"

#include "app/problems.h"
#include "app/server_arguments.h"
#include "app/supervisor/configuration.h"
#include "app/supervisor/slot.h"

namespace citus_init::app {

void reload(Node& node) {
    auto loaded = settings::load_settings(
        with_data_directory(settings::environment_from(environ), node.arguments), RealFilesystem());
    if (!loaded) {
        log::error("{}\nThe settings stay as they were.", as_error(loaded.error()).message);
        return;
    }
    // The directory and the server's own command line were chosen for life.
    loaded->resolved["HOME"] = node.environment["HOME"];
    if (loaded->settings.supervisor.data_slots) {
        use_data_directory(loaded->settings, loaded->resolved, node.data_directory);
    }
    std::swap(node.settings, loaded->settings);
    std::swap(node.environment, loaded->resolved);
    Status done = check_configuration(node);
    if (done) {
        done = write_configuration(node);
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

}  // namespace citus_init::app
