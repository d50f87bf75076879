#include "cli/verbs/backend_inspection.h"

#include <cstdlib>
#include <iterator>
#include <memory>
#include <utility>

#include "citus_init/network/node_names.h"
#include "citus_init/node/backend.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/preparation.h"

namespace citus_init::cli {

namespace {

std::unique_ptr<const ha::Backend> backend_of(Inspection& inspection) {
    const char* path = std::getenv("PATH");
    auto found = node::find_backend(inspection.settings, path == nullptr ? "" : path);
    if (found) {
        return std::move(*found);
    }
    auto assumed = node::assumed_backend(inspection.settings);
    inspection.warnings.push_back(std::move(assumed.warning));
    return std::move(assumed.backend);
}

}  // namespace

tl::expected<ha::ConfigurationFile, std::vector<settings::Problem>> inspect_backend(
    Inspection& inspection) {
    const auto backend = backend_of(inspection);
    auto problems = backend->check(inspection.settings);
    const ha::Host host{node::connect_host(inspection.settings.citus),
                        network::host_name(),
                        network::own_addresses(),
                        inspection.bin_directory,
                        "/usr/local/bin/citus-init",
                        node::server_user_name()};
    auto configuration = backend->render(inspection.settings, inspection.stack, host);
    if (!configuration) {
        std::move(configuration.error().begin(), configuration.error().end(),
                  std::back_inserter(problems));
    }
    if (!problems.empty()) {
        return tl::unexpected(std::move(problems));
    }
    return configuration;
}

}  // namespace citus_init::cli
