#pragma once

#include "supervisor/patroni/member.h"

namespace citus_init::supervisor {

// The record beside the data directory that says that Patroni makes it
// (postgres/creation_record.h). Local file I/O only.

// Before Patroni is started, with no server: moves away what a killed initdb or base backup left,
// which Patroni would neither use nor replace, and removes the record of what is complete. A
// bootstrap that a server ran on is left to wait-for-dcs, which asks the configuration store.
// Errors: `data_directory`, it cannot be moved.
[[nodiscard]] Status settle_creation(const Member& member);

// Whether a bootstrap of this member was cut off after its initdb had begun, or in a standby
// cluster its copy. A cluster without a record is whole.
bool is_interrupted_bootstrap(const Member& member);

bool has_creation_record(const Member& member);

// Writes the record if it is missing: Patroni begins to make the data directory, or to replace
// the one that is there.
[[nodiscard]] Status begin_creation(const Member& member);

// Before Patroni is stopped: has the next start release the group's `initialize` key where this
// member's bootstrap is under way, since its own initdb may leave nothing that would say so.
void note_bootstrap_to_stop(const Member& member);

// At an orderly end: removes the record where nothing was made, so that what somebody puts there
// until the next start is no leftover.
void end_idle_creation(const Member& member);

// Removes the record, where there is one: the data directory is complete.
void end_creation(const Member& member);

}  // namespace citus_init::supervisor
