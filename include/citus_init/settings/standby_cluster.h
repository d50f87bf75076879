#pragma once

#include "citus_init/settings/patroni_settings.h"

namespace citus_init::settings {

// Whether the YAML file makes a new group a standby cluster: its first member copies the other
// cluster in place of running initdb.
bool has_standby_cluster(const PatroniSettings& patroni);

}  // namespace citus_init::settings
