#pragma once

#include <string>

#include "citus_init/doctor/node_facts.h"
#include "citus_init/settings/environment.h"

namespace citus_init::cli {

// What the files of this node show while its server does not run: the settings of its next start,
// what postgresql.auto.conf overrides among them, its machine and its certificate. Settings that
// cannot be read are not known. As root it becomes the owner of the data directory, for good.
void read_stopped_node(const settings::Environment& environment, doctor::NodeFacts& own);

}  // namespace citus_init::cli
