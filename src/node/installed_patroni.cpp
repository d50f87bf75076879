#include "node/installed_patroni.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/node/captured_run.h"
#include "citus_init/node/question_environment.h"

namespace citus_init::node {

Result<patroni::Version> installed_patroni(const std::string& path,
                                           std::chrono::milliseconds deadline) {
    constexpr const char* kFix = "Install Patroni 4, or 3.3 at least.";
    process::Command command;
    // run_captured() keeps what goes to stderr.
    command.arguments = {"/bin/sh", "-c", "exec patroni --version >&2"};
    command.environment = question_environment();  // it may be found by PYTHONPATH
    std::erase_if(*command.environment,
                  [](const std::string& entry) { return entry.starts_with("PATH="); });
    command.environment->push_back("PATH=" + path);
    const auto run = run_captured(std::move(command), deadline);
    if (!run) {
        return fail(run.error().code,
                    fmt::format("cannot ask Patroni for its version (patroni --version): {}. Try "
                                "again when the machine is less busy.",
                                run.error().message));
    }
    const auto version = patroni::parse_version(run->errors);
    if (!version) {
        return fail(ExitCode::config,
                    fmt::format("Patroni is not installed, or reports no version: \"{}\". "
                                "{}",
                                one_line(run->errors), kFix));
    }
    return *version;
}

}  // namespace citus_init::node
