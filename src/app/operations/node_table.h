#pragma once

#include <string>
#include <vector>

#include "citus_init/citus/operations/node_listing.h"

namespace citus_init::app {

// For people: a header line, then a line per node, columns aligned.
std::string node_table(const std::vector<citus::NodeListing>& nodes);

// For programs: an array of objects; sizes in bytes, null where unknown.
std::string node_json(const std::vector<citus::NodeListing>& nodes);

}  // namespace citus_init::app
