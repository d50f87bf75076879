#pragma once

#include "citus_init/base/result.h"

#include "supervisor/patroni/member.h"

namespace citus_init::supervisor {

// Patroni's configuration of this member. Local file I/O only.

// Everything that can be checked without a server, about PostgreSQL's settings and about Patroni's
// file. All problems in one Error (78). Writes nothing.
[[nodiscard]] Status check_member_configuration(Member& member);

// Writes patroni.yml anew, atomically, 0600. After check_member_configuration().
[[nodiscard]] Status write_member_configuration(Member& member);

// Settings, secrets and configuration anew; those before stay where something is wrong, which is
// logged. Patroni learns of it by SIGHUP.
void reload_member(Member& member);

}  // namespace citus_init::supervisor
