#include "citus_init/settings/standby_cluster.h"

namespace citus_init::settings {

bool has_standby_cluster(const PatroniSettings& patroni) {
    const YamlValue* value = &patroni.extra;
    for (const char* key : {"bootstrap", "dcs", "standby_cluster"}) {
        value = value == nullptr ? nullptr : value->find(key);
    }
    return value != nullptr && value->kind != YamlValue::Kind::null;
}

}  // namespace citus_init::settings
