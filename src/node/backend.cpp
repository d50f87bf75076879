#include "citus_init/node/backend.h"

#include "citus_init/ha/patroni/backend.h"

#include "node/installed_patroni.h"

namespace citus_init::node {

Result<std::unique_ptr<const ha::Backend>> find_backend(const settings::Settings& settings,
                                                        const std::string& path) {
    if (!settings.patroni) {
        return fail(ExitCode::config, "CITUS_HA is off");
    }
    const auto version = installed_patroni(path);
    if (!version) {
        return fail(version.error());
    }
    return patroni::make_backend(*version);
}

AssumedBackend assumed_backend(const settings::Settings& /*settings*/) {
    constexpr patroni::Version kAssumed{4, 0, 0};
    return {patroni::make_backend(kAssumed),
            {"Patroni", "",
             "is not installed, or reports no version, so this is what version 4 would get",
             "Install Patroni 4, or 3.3 at least"}};
}

}  // namespace citus_init::node
