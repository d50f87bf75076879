#include "citus_init/settings/without_patroni.h"

#include <string>
#include <string_view>

#include "citus_init/base/duration.h"
#include "citus_init/settings/registry.h"

namespace citus_init::settings {

namespace {

constexpr std::string_view kEveryAddress = "0.0.0.0";

bool is_of_patroni(const std::string& name) {
    const Variable* variable = find_variable(name);
    return name.starts_with("PATRONI_") ||
           (variable != nullptr && variable->group == Group::patroni);
}

}  // namespace

Environment without_patroni(const Environment& environment, const Settings& settings,
                            const HostPort& own, const HostPort& coordinator) {
    Environment result = environment;
    std::erase_if(result, [](const auto& entry) { return is_of_patroni(entry.first); });
    const PostgresSettings& postgres = settings.postgres;
    const CitusSettings& citus = settings.citus;
    result["CITUS_HA"] = "none";
    result["PGDATA"] = postgres.data_directory;
    result["PGPORT"] = std::to_string(settings.patroni->listen->port);
    result["POSTGRES_USER"] = postgres.user;
    result["POSTGRES_PASSWORD"] = postgres.password.reveal();
    result["CITUS_PG_BINDIR"] = postgres.bin_directory;
    result["CITUS_ENABLE"] = "true";
    result["CITUS_DATABASE"] = citus.database;
    result["CITUS_NODE_HOST"] = own.host;
    result["CITUS_NODE_PORT"] = std::to_string(own.port);
    result["CITUS_COORDINATOR_HOST"] = coordinator.host;
    result["CITUS_COORDINATOR_PORT"] = std::to_string(coordinator.port);
    result["CITUS_STOP_TIMEOUT"] = format_duration(settings.supervisor.stop_timeout);
    result.erase("CITUS_RESTORE_GROUP");
    if (citus.role == Role::worker) {
        result["CITUS_ROLE"] = "worker";
        result["CITUS_RESTORE_GROUP"] = std::to_string(settings.patroni->group);
    } else {
        result["CITUS_ROLE"] = "coordinator";
    }
    if (settings.patroni->listen->hosts != kEveryAddress) {
        result["CITUS_GUC_LISTEN_ADDRESSES"] = settings.patroni->listen->hosts;
    }
    return result;
}

}  // namespace citus_init::settings
