#include "app/verbs/patroni_inspection.h"

#include <cstdlib>
#include <iterator>
#include <optional>

#include "citus_init/network/node_names.h"
#include "citus_init/patroni/configuration.h"

#include "app/node_name.h"
#include "app/verbs/captured_run.h"

namespace citus_init::app {

namespace {

constexpr std::chrono::seconds kDeadline{20};
constexpr patroni::Version kAssumed{4, 0, 0};

// run_captured() keeps what goes to stderr.
std::optional<patroni::Version> installed_version() {
    const char* path = std::getenv("PATH");
    process::Command command;
    command.arguments = {"/bin/sh", "-c", "exec patroni --version >&2"};
    command.environment = {std::string("PATH=") + (path == nullptr ? "" : path), "LC_ALL=C"};
    const auto run = run_captured(std::move(command), kDeadline);
    return run ? patroni::parse_version(run->errors) : std::nullopt;
}

}  // namespace

tl::expected<settings::YamlValue, std::vector<settings::Problem>> inspect_patroni(
    Inspection& inspection) {
    const auto version = installed_version();
    std::vector<settings::Problem> problems;
    if (version) {
        problems = patroni::check_version(*version, *inspection.settings.patroni);
    } else {
        inspection.warnings.push_back({"Patroni", "",
                                       "is not installed, or does not tell its version, so this is "
                                       "what version 4 would get",
                                       "Install Patroni 4, or 3.3 at least"});
    }
    const patroni::Member member{node_name(inspection.settings.citus),
                                 network::host_name(),
                                 network::own_addresses(),
                                 inspection.bin_directory,
                                 "/usr/local/bin/citus-init",
                                 version.value_or(kAssumed)};
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

}  // namespace citus_init::app
