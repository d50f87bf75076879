#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/security/mesh_certificate.h"
#include "citus_init/settings/settings.h"

namespace citus_init::app {

// The addresses of this machine's own interfaces but for loopback and link-local ones, sorted. Asks
// the kernel only.
std::vector<std::string> own_addresses();

// What other nodes may call this one, the name that it is registered under first: its certificate
// is for all of them. `found`: what was found out elsewhere, for instance by reverse lookups.
std::vector<std::string> node_names(const settings::CitusSettings& citus,
                                    const std::vector<std::string>& found = {});

security::MeshFiles mesh_files(const std::string& data_directory);

security::MeshRequest mesh_request(const settings::CitusSettings& citus,
                                   std::vector<std::string> names);

// "until 2027-02-20T12:00:00Z"
std::string until(std::int64_t seconds);

}  // namespace citus_init::app
