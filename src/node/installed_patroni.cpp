#include "node/installed_patroni.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/node/captured_run.h"

namespace citus_init::node {

Result<patroni::Version> installed_patroni(const std::string& path,
                                           std::chrono::milliseconds deadline) {
    constexpr const char* kFix = "Install Patroni 4, or 3.3 at least.";
    const auto run = run_by_path("patroni --version", path, deadline);
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
