#pragma once

#include <optional>
#include <string>

#include "citus_init/backup/wal_history.h"
#include "citus_init/base/result.h"

namespace citus_init::restore {

// The server that a replica is to follow.
struct Leader {
    std::string system_identifier;
    int timeline = 0;
    backup::WalHistory wal;
    bool operator==(const Leader&) const = default;
};

// `identity`: what psql prints unaligned of IDENTIFY_SYSTEM and, a line below, of SHOW
// wal_segment_size (PostgreSQL manual, "Streaming Replication Protocol"). Lines that are neither,
// such as psql's warnings, are passed over. None: it is not there. Pure, for any bytes.
std::optional<Leader> parse_leader(const std::string& identity);

// The same of TIMELINE_HISTORY: where it left each earlier timeline. Pure, for any bytes.
void add_history(Leader& leader, const std::string& identity, const std::string& history);

// `connection`: as Patroni gives it to those who make a replica; psql finds the password by the
// environment. Blocks, for 20 s at most. Errors: `unavailable`.
[[nodiscard]] Result<Leader> read_leader(const std::string& connection);

}  // namespace citus_init::restore
