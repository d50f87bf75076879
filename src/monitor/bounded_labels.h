#pragma once

#include <cstddef>
#include <map>
#include <string>

// What keeps the number of series bounded.
namespace citus_init::monitor {

// The largest `most` entries, equal ones by name; all others together as "other".
std::map<std::string, double> bound_roles(const std::map<std::string, double>& roles,
                                          std::size_t most);

// The label of a replication slot, or of the receiver that uses it: those that come and go under
// ever new names (Citus' shard moves, table synchronization, base backups) have one for all.
std::string stable_name(const std::string& name);

}  // namespace citus_init::monitor
