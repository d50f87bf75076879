#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace citus_init::citus {

// The name and port under which a node is known to all others. Compared as text, as the unique key
// of pg_dist_node does.
struct NodeAddress {
    std::string host;
    std::uint16_t port = 5432;

    std::string text() const { return host + ":" + std::to_string(port); }
    bool operator==(const NodeAddress&) const = default;
};

struct NodeAddressHash {
    std::size_t operator()(const NodeAddress& address) const {
        return std::hash<std::string>()(address.host) * 31 + address.port;
    }
};

}  // namespace citus_init::citus
