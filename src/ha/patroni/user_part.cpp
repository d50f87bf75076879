#include "ha/patroni/user_part.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "ha/patroni/owned.h"

namespace citus_init::patroni {

namespace {

using settings::Problem;
using settings::YamlValue;

constexpr std::array<Owned, 28> kOwned{{
    {"scope", "Set PATRONI_SCOPE"},
    {"namespace", "Set PATRONI_NAMESPACE"},
    {"name", "Set PATRONI_NAME"},
    {"citus", "Set PATRONI_CITUS_GROUP and PATRONI_CITUS_DATABASE"},
    {"restapi.listen", "Set PATRONI_RESTAPI_LISTEN"},
    {"restapi.connect_address", "Set PATRONI_RESTAPI_CONNECT_ADDRESS"},
    {"restapi.authentication", "Set PATRONI_RESTAPI_USERNAME and PATRONI_RESTAPI_PASSWORD_FILE"},
    {"ctl.authentication", "Set PATRONI_RESTAPI_USERNAME and PATRONI_RESTAPI_PASSWORD_FILE"},
    {"postgresql.listen", "Set PATRONI_POSTGRESQL_LISTEN"},
    {"postgresql.connect_address", "Set PATRONI_POSTGRESQL_CONNECT_ADDRESS"},
    {"postgresql.data_dir", "Set PATRONI_POSTGRESQL_DATA_DIR"},
    {"postgresql.config_dir", "It is the data directory"},
    {"postgresql.bin_dir", "Set PATRONI_POSTGRESQL_BIN_DIR"},
    {"postgresql.pgpass", "Set PATRONI_POSTGRESQL_PGPASS"},
    {"postgresql.authentication", "Set PATRONI_SUPERUSER_*, _REPLICATION_* and _REWIND_*"},
    {"postgresql.parameters", "Write them below postgresql: of the file, or as CITUS_GUC_<NAME>"},
    {"postgresql.custom_conf", "Give it as -c config_file= on the command line"},
    {"postgresql.pg_hba", "Put the lines into CITUS_PG_HBA"},
    {"postgresql.callbacks", "citus-init has to hear of them; ask the REST API instead"},
    {"bootstrap.initdb", "Set POSTGRES_INITDB_ARGS"},
    {"bootstrap.dcs.ttl", "Set CITUS_PATRONI_TTL"},
    {"bootstrap.dcs.loop_wait", "Set CITUS_PATRONI_LOOP_WAIT"},
    {"bootstrap.dcs.retry_timeout", "Set CITUS_PATRONI_RETRY_TIMEOUT"},
    {"bootstrap.dcs.synchronous_mode", "Set CITUS_SYNCHRONOUS_MODE"},
    {"bootstrap.dcs.synchronous_mode_strict", "Set CITUS_SYNCHRONOUS_MODE"},
    {"bootstrap.dcs.failsafe_mode", "Set CITUS_FAILSAFE_MODE"},
    {"bootstrap.dcs.postgresql.parameters",
     "Write them below postgresql: of the file, or as CITUS_GUC_<NAME>"},
    {"watchdog", "citus-init is the watchdog: a container has no device for one"},
}};

class Merger {
  public:
    void merge(const YamlValue& from, YamlValue& into, const std::string& path) {
        for (const auto& [key, value] : from.members) {
            const std::string here = path.empty() ? key : fmt::format("{}.{}", path, key);
            if (const Owned* owned = find_owned(kOwned, here)) {
                problem(here, value.line, "is citus-init's to write", std::string(owned->fix));
            } else if (value.kind == YamlValue::Kind::map) {
                YamlValue& target = into.at(key);
                if (target.kind != YamlValue::Kind::map) {
                    target = YamlValue::map_of({});
                }
                merge(value, target, here);
            } else if (holds_owned(here)) {
                problem(here, value.line, "is not a map", "Write what is in it below it, indented");
            } else {
                into.at(key) = value;
            }
        }
    }

    std::vector<Problem> problems;

  private:
    static bool holds_owned(const std::string& path) {
        return std::any_of(kOwned.begin(), kOwned.end(),
                           [&](const Owned& owned) { return owned.name.starts_with(path + "."); });
    }

    void problem(const std::string& path, int line, std::string reason, std::string fix) {
        problems.push_back(
            {settings::shown(fmt::format("patroni.{} in the YAML file, line {}", path, line)), "",
             std::move(reason), std::move(fix)});
    }
};

}  // namespace

std::vector<Problem> merge_user_part(const YamlValue& user_part, YamlValue& configuration) {
    Merger merger;
    merger.merge(user_part, configuration, "");
    return std::move(merger.problems);
}

}  // namespace citus_init::patroni
