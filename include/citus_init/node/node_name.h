#pragma once

#include <string>
#include <vector>

#include "citus_init/base/log.h"
#include "citus_init/base/result.h"
#include "citus_init/network/discovery.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What this node is called. PID 1 knows CITUS_NODE_HOST and the host name; only its children ask a
// resolver, which may take seconds.

// CITUS_NODE_HOST, else the host name. Does not block.
std::string node_name(const settings::CitusSettings& citus);

// "coordinator" or "worker"; "" without Citus.
std::string role_name(const settings::CitusSettings& citus);

// CITUS_PRESET as a data directory's marker has it: "test", "" without one.
std::string preset_name(const settings::Settings& settings);

// How every program of this node logs: its level, format, and whose log it is. Does not block.
log::Options log_options(const settings::Settings& settings);

// What a worker announces itself under: CITUS_NODE_HOST, else a name that the resolver has for one
// of our addresses and that leads back to it, else the host name. Unlike a container's id, which is
// its host name, the name that Docker's resolver has for a replica outlives the container. Blocks
// up to some seconds. Error: `unavailable`, nobody answered, so that there may be a better name
// than the host's. For programs of one thread.
[[nodiscard]] Result<std::string> resolved_node_name(const settings::CitusSettings& citus);

// The same, and node_name() where nobody answered.
std::string announced_host(const settings::CitusSettings& citus);

// What Patroni registers a member under, where it is not given: CITUS_NODE_HOST, else a name that
// the resolver has for one of our addresses and that leads back to it, else the first of the
// addresses. Blocks up to some seconds. For programs of one thread.
std::string connect_host(const settings::CitusSettings& citus);

// Everything that this node may be called by others, node_name() first: for its certificate. What
// cannot be asked in time is left out. Blocks up to some seconds. For programs of one thread.
std::vector<std::string> names_of_this_node(const settings::CitusSettings& citus);

// The same without asking anybody: host name and addresses. Does not block.
std::vector<std::string> names_without_asking();

// This node as discovery is to leave it out. Does not block.
network::Self this_node(const settings::CitusSettings& citus, std::uint16_t server_port);

}  // namespace citus_init::node
