#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace citus_init::monitor {

// A session that runs a statement for longer than a second, waits for a lock, or is waited for.
struct RunningQuery {
    std::int64_t pid = 0;
    std::string database;
    std::string role;
    std::string application_name;  // "citus_internal gpid=..." of a part of a distributed statement
    std::string state;             // "active", "idle in transaction"; "" of a background process
    std::string waits_for;         // "Lock: transactionid", "" = for nothing
    double seconds = 0;            // in this state
    // Processes of the same server; 0 is a prepared transaction.
    std::vector<std::int64_t> blocked_by;
    std::string text;  // the beginning of its statement, which may hold a password
};

}  // namespace citus_init::monitor
