#include "supervisor/lasting_settings.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/node/node_name.h"

namespace citus_init::supervisor {

namespace {

using settings::Settings;

using Values = std::vector<std::pair<const char*, std::string>>;

Values lasting_values(const Settings& settings) {
    const auto& citus = settings.citus;
    Values values{{"PGDATA", settings.postgres.data_directory},
                  {"POSTGRES_USER", settings.postgres.user},
                  {"POSTGRES_DB", settings.postgres.database},
                  {"CITUS_PRESET", node::preset_name(settings)},
                  {"CITUS_ENABLE", citus.enable ? "true" : "false"},
                  {"CITUS_DATABASE", citus.database},
                  {"CITUS_ROLE", citus.role == settings::Role::worker ? "worker" : "coordinator"},
                  {"CITUS_HA", settings.patroni ? "patroni" : "none"}};
    if (const auto& patroni = settings.patroni) {
        values.insert(values.end(), {{"PATRONI_SCOPE", patroni->scope},
                                     {"PATRONI_CITUS_GROUP", std::to_string(patroni->group)},
                                     {"CITUS_PATRONI_DIR", patroni->directory}});
    }
    return values;
}

}  // namespace

Status check_lasting_settings(const Settings& was, const Settings& is) {
    const Values before = lasting_values(was);
    const Values now = lasting_values(is);
    for (std::size_t i = 0; i < before.size() && i < now.size(); ++i) {
        if (before[i] != now[i]) {
            return fail(ExitCode::config,
                        fmt::format("{} is \"{}\" now, and \"{}\" since this node has started. It "
                                    "does not change while the node runs: set it back, or start "
                                    "the container again",
                                    now[i].first, now[i].second, before[i].second));
        }
    }
    return {};
}

}  // namespace citus_init::supervisor
