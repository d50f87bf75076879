#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// A transaction that waits for its second phase, and holds its locks meanwhile.
struct PreparedTransaction {
    std::string name;
    std::chrono::seconds age{0};
    bool operator==(const PreparedTransaction&) const = default;
};

// A backend that Patroni left in the middle of a change of pg_dist_node.
struct StuckUpdate {
    std::int64_t pid = 0;
    std::chrono::seconds age{0};
    bool operator==(const StuckUpdate&) const = default;
};

// What only SQL shows of a member that Patroni manages.
struct MemberFacts {
    bool in_recovery = false;
    bool has_citus = false;          // the extension, in this database
    bool user_has_password = false;  // the role that asked
    std::string synchronous_standby_names;
    // From another server, as far as this one knows: of one that is cut off it learns late, after
    // wal_receiver_timeout at the latest.
    bool receives_wal = false;
    std::string configuration_loaded;                   // when it last read its files
    std::vector<PreparedTransaction> old_transactions;  // oldest first
    std::vector<StuckUpdate> stuck_updates;             // oldest first
    bool password_is_stored = false;  // in pg_dist_authinfo, where every superuser reads it
    bool operator==(const MemberFacts&) const = default;
};

// `old_from`, `stuck_from`: the age from which a transaction, an update is listed. For a superuser.
[[nodiscard]] SqlResult<MemberFacts> read_member_facts(Session& session,
                                                       std::chrono::seconds old_from,
                                                       std::chrono::seconds stuck_from);

// Gives the role that the session belongs to a password that is already a verifier.
[[nodiscard]] SqlResult<void> set_own_password(Session& session, const std::string& verifier);

}  // namespace citus_init::citus
