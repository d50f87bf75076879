#pragma once

#include <string>

namespace citus_init::ha {

// A fault of a member that runs, or of its group, and how to resolve it.
struct Finding {
    std::string about;  // identifies it, however its text changes between probes
    std::string what;
    std::string fix;
    bool operator==(const Finding&) const = default;
};

}  // namespace citus_init::ha
