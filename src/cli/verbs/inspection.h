#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/citus/version.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/load.h"

namespace citus_init::cli {

// A node's configuration as a start would see it, found out without changing anything.
struct Inspection {
    settings::Settings settings;
    render::ServerArguments arguments;
    render::GucStack stack;
    std::string bin_directory;              // "" where there is no server
    int postgres_major = 0;                 // 0 where there is no server
    std::string citus_library;              // "" without Citus
    citus::ExtensionVersion citus_version;  // 0.0 without Citus
    std::optional<int> archive_group;       // node::group_to_archive()
    std::vector<settings::Problem> warnings;
    // What prevents a start but no inspection: no server, no Citus, no password.
    std::vector<settings::Problem> problems;
};

// The error: everything that keeps the layers from being stacked at all, and the warnings.
[[nodiscard]] tl::expected<Inspection, settings::ProblemReport> inspect_configuration(
    const settings::Environment& environment, const std::vector<std::string>& server_arguments);

// Checks every setting by the table, and by the server itself on a shadow of the data directory
// (render/validation.h) where there is one; adds to problems and warnings. Blocks for about 0.1 s.
void check_settings(Inspection& inspection);

// The second half alone: the server's own answer.
void ask_server(Inspection& inspection);

}  // namespace citus_init::cli
