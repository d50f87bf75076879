#pragma once

#include <cstdint>
#include <string>

namespace citus_init::settings {

struct HostPort {
    std::string host;
    std::uint16_t port = 5432;
    bool operator==(const HostPort&) const = default;
};

}  // namespace citus_init::settings
