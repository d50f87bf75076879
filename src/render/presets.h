#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/render/guc_stack.h"

namespace citus_init::render {

// Adds what citus-init itself sets below the user's layers, and above them what it enforces. The
// user's layers must be in the stack: some presets give way to them as a group.
// The problem: CITUS_TUNE=auto, and too little memory for any server.
std::optional<settings::Problem> add_tuned(GucStack& stack, const settings::Settings& settings,
                                           const Machine& machine,
                                           const std::optional<KnownWorkers>& workers);
void add_role_presets(GucStack& stack, const settings::Settings& settings);
// With CITUS_BACKUP: what archives the WAL. After the user's layers, as max_connections decides.
void add_archiving(GucStack& stack, const settings::Settings& settings, std::optional<int> group);
void add_enforced(GucStack& stack, const settings::Settings& settings);
// Adds the plugins to output_plugin_libraries, behind what the user or PostgreSQL names: above the
// user's layers only where a value of theirs leaves one out, so that ALTER SYSTEM counts otherwise.
void add_output_plugins(GucStack& stack, const std::vector<std::string>& plugins);

}  // namespace citus_init::render
