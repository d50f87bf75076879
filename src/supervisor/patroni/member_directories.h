#pragma once

#include "citus_init/base/result.h"

#include "supervisor/patroni/member.h"

namespace citus_init::supervisor {

// The member's places on disk. Local file I/O only.

// Patroni renames and removes the data directory as a whole: refuses (78) a mount point. Touches
// nothing.
[[nodiscard]] Status check_data_directory_place(const Member& member);

// Makes the directory above the data directory, Patroni's own and the socket's, gives them and the
// data directory to the server's user, and becomes that user. Errors: `permission`, also where
// the server's user could not write above the data directory and it is not ours to give away.
[[nodiscard]] Status make_member_directories(Member& member);

// The guard against two containers on one data directory: a lock on a file beside it, since Patroni
// makes the directory anew. Error: `locked`.
[[nodiscard]] Status lock_member(Member& member);

// Whether this data directory may be used: the server's major version, this cluster and group
// (76), no rest of a failed bootstrap and nothing that a start without Patroni left incomplete
// (65). What Patroni was making and did not complete is moved away (member_creation.h).
[[nodiscard]] Status check_data_directory(const Member& member);

// Whether a whole cluster is in it.
bool has_cluster(const Member& member);

// Has the next start refuse the data directory: what a failed bootstrap left and Patroni could not
// move away.
[[nodiscard]] Status mark_as_incomplete(const Member& member, const std::string& why);

// Writes which cluster and group this is into the data directory, also in place of what a copy has
// brought: a standby cluster's is of another one. To be called while a server runs on it: an empty
// directory has to stay empty, and one that was not has been checked.
[[nodiscard]] Status note_identity(const Member& member);

}  // namespace citus_init::supervisor
