#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/process/spawn.h"

namespace citus_init::supervisor {

// Descriptors that a child of ours finds at fixed numbers.
inline constexpr int kSettingsDescriptor = 3;
inline constexpr int kReportDescriptor = 4;
inline constexpr int kLogFeedDescriptor = 5;
// The server holds the data directory's lock too, and every process of its: the kernel closes the
// descriptors of a killed PID 1 before it kills what else is in the PID namespace (do_exit()), and
// a write on its way to the disk may take long. flock(2) ends with the last copy.
inline constexpr int kLockDescriptor = 3;

// A command together with what it reads (anonymous files), which must live until it was spawned.
struct Program {
    process::Command command;
    std::shared_ptr<const void> resources;
    Fd log_end{};  // the child's end of its log, likewise
};

// Keeps a resource of any type for Program::resources.
template <typename T>
std::shared_ptr<const void> kept(T resource) {
    return std::make_shared<const T>(std::move(resource));
}

// `citus-init VERB` with the server's socket, for a child that reports: `report_end` is its end of
// the agent link.
[[nodiscard]] Result<Program> reporting_program(const node::Node& node, const char* verb,
                                                int report_end);

// The environment of our own children and of the server: no secrets, PATH with the server's
// programs.
settings::Environment plain_environment(const node::Node& node);

// The settings for a child of ours, in a memfd (node/inherited_settings.h).
[[nodiscard]] Result<Fd> settings_block(const node::Node& node);

// Our own binary as a child: `citus-init VERB ARGUMENTS...`, the settings by memfd.
[[nodiscard]] Result<Program> own_program(const node::Node& node,
                                          std::vector<std::string> arguments);

// Of own_program(): has it report to PID 1, `report_end` is its end of the link.
void add_report_end(Program& program, int report_end);

// Gives it an end of the log's feed (log::inherited_feed()). Nothing for -1.
void add_log_feed(process::Command& command, int feed_end);

}  // namespace citus_init::supervisor
