#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace citus_init {

// Where a server listens. The host is a name or an address, an IPv6 address without brackets.
struct HostPort {
    std::string host;
    std::uint16_t port = 5432;

    // "w1:5432", for people.
    std::string text() const { return host + ":" + std::to_string(port); }
    bool operator==(const HostPort&) const = default;
};

// Whether the host is this machine, by the names and addresses of its loopback interface that are
// usual: "localhost", 127.0.0.0/8, ::1. Resolves nothing.
[[nodiscard]] bool is_loopback(std::string_view host);

struct HostPortHash {
    std::size_t operator()(const HostPort& address) const {
        return std::hash<std::string>()(address.host) * 31 + address.port;
    }
};

}  // namespace citus_init
