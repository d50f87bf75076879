#pragma once

namespace citus_init::render {

// The releases whose settings are meant. 0: not known.
struct ServerVersions {
    int postgres = 0;  // the major version
    int citus = 0;     // 100 * major + minor: 1302 is Citus 13.2
    bool operator==(const ServerVersions&) const = default;
};

}  // namespace citus_init::render
