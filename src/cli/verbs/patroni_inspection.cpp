#include "cli/verbs/patroni_inspection.h"

#include <cstdlib>
#include <iterator>
#include <optional>

#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/installed_patroni.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/preparation.h"

namespace citus_init::cli {

namespace {

constexpr patroni::Version kAssumed{4, 0, 0};

}  // namespace

tl::expected<settings::YamlValue, std::vector<settings::Problem>> inspect_patroni(
    Inspection& inspection) {
    const char* path = std::getenv("PATH");
    const auto version = node::installed_patroni(path == nullptr ? "" : path);
    std::vector<settings::Problem> problems;
    if (version) {
        problems = patroni::check_version(*version, *inspection.settings.patroni);
    } else {
        inspection.warnings.push_back({"Patroni", "",
                                       "is not installed, or does not tell its version, so this is "
                                       "what version 4 would get",
                                       "Install Patroni 4, or 3.3 at least"});
    }
    const patroni::Member member{node::connect_host(inspection.settings.citus),
                                 network::host_name(),
                                 network::own_addresses(),
                                 inspection.bin_directory,
                                 "/usr/local/bin/citus-init",
                                 version.value_or(kAssumed),
                                 node::server_user_name()};
    auto configuration =
        patroni::render_configuration(inspection.settings, inspection.stack, member);
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
