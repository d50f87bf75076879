#pragma once

#include <optional>
#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How far a server in recovery is.
struct RecoveryProgress {
    std::string replayed;  // pg_last_wal_replay_lsn(), "" = nothing yet
    std::string target;    // the setting: "recovery_target_name = 'before'", "" = none
    bool paused = false;   // until pg_wal_replay_resume()
    bool operator==(const RecoveryProgress&) const = default;
};

// "replayed to 0/3000148, target recovery_target_name = 'before', paused: ..."
std::string to_string(const RecoveryProgress& progress);

// None: it is not in recovery. In any database, PostgreSQL 13 and later.
[[nodiscard]] SqlResult<std::optional<RecoveryProgress>> recovery_progress(Session& session);

}  // namespace citus_init::citus
