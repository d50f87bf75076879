#include "supervisor/reload.h"

#include <unistd.h>

#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/node/slot.h"
#include "citus_init/settings/load.h"

#include "supervisor/lasting_settings.h"

namespace citus_init::supervisor {

namespace {

bool refused(const Error& error) {
    log::error("{}\nThe settings stay as they were.", error.message);
    return false;
}

}  // namespace

bool reload_settings(node::Node& node, const std::function<Status()>& apply) {
    auto loaded = settings::reload_settings(
        node::with_data_directory(settings::environment_from(environ), node.arguments),
        RealFilesystem(), node.environment);
    if (!loaded) {
        return refused(node::as_error(loaded.error()));
    }
    // The directory and the server's own command line were chosen for life.
    loaded->resolved["HOME"] = node.environment["HOME"];
    if (loaded->settings.supervisor.data_slots) {
        node::use_data_directory(loaded->settings, loaded->resolved, node.data_directory);
    }
    if (const Status same = check_lasting_settings(node.settings, loaded->settings); !same) {
        return refused(same.error());
    }
    std::swap(node.settings, loaded->settings);
    std::swap(node.environment, loaded->resolved);
    if (const Status done = apply(); !done) {
        std::swap(node.settings, loaded->settings);
        std::swap(node.environment, loaded->resolved);
        return refused(done.error());
    }
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    log::configure(node::log_options(node.settings));
    return true;
}

}  // namespace citus_init::supervisor
