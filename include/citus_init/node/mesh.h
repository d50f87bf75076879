#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/security/mesh_certificate.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What other nodes may call this one, the name that it is registered under first: its certificate
// is for all of them. With Patroni the connect addresses are among them. Asks a resolver, for some
// seconds at most, where no name was given to the node. For programs of one thread.
std::vector<std::string> certificate_names(const settings::Settings& settings);

security::MeshFiles mesh_files(const settings::Settings& settings);

security::MeshRequest mesh_request(const settings::CitusSettings& citus,
                                   std::vector<std::string> names);

// "until 2027-02-20T12:00:00Z"
std::string until(std::int64_t seconds);

}  // namespace citus_init::node
