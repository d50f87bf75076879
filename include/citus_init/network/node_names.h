#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/network/resolver.h"

namespace citus_init::network {

// Addresses of this machine's interfaces that others can use: neither loopback nor link-local. In
// the order of the interfaces. Does not block.
std::vector<std::string> own_addresses();

// gethostname(2), "localhost" should that fail. Does not block.
std::string host_name();

// The first name that the resolver has for `address` and that leads back to it; none where there is
// no such name. Error: the resolver could not be asked.
[[nodiscard]] Result<std::optional<std::string>> stable_name_of(const Resolver& resolver,
                                                                const std::string& address);

// The first of `addresses` that has one. Error: none has, and for one of them the resolver could
// not be asked.
[[nodiscard]] Result<std::optional<std::string>> stable_name_of_any(
    const Resolver& resolver, const std::vector<std::string>& addresses);

// Everything that a node may be called: its host name, the stable names of its addresses, the
// addresses. What could not be asked is left out. Without duplicates.
std::vector<std::string> names_of_node(const Resolver& resolver, const std::string& host_name,
                                       const std::vector<std::string>& addresses);

}  // namespace citus_init::network
