#pragma once

#include <string>

namespace citus_init::agent {

// What is not as it should be although the member runs, and what to do.
struct Finding {
    std::string about;  // which one it is, however its text changes from look to look
    std::string what;
    std::string fix;
    bool operator==(const Finding&) const = default;
};

}  // namespace citus_init::agent
