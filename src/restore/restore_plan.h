#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "citus_init/backup/manifest.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/restore/chosen_point.h"

namespace citus_init::restore {

// The node that is to be restored.
struct RestoredNode {
    bool has_citus = false;
    bool is_worker = false;
    HostPort address;          // of a worker: under which it announces itself
    std::optional<int> group;  // CITUS_RESTORE_GROUP
    int postgres_major = 0;
    std::string citus_version;  // of the library, "13.2-1"; "" = not known
};

// What is to be restored on this node, as a record in its first phase. Errors (`config`): the
// node's group is not known or not in the point; PostgreSQL's major version is another one; Citus
// is older than at the point, or missing. Pure.
[[nodiscard]] Result<postgres::RestoreRecord> plan_restore(const ChosenPoint& chosen,
                                                           const RestoredNode& node);

// The size of what is restored, in bytes. Pure.
std::uint64_t restored_bytes(const ChosenPoint& chosen, const postgres::RestoreRecord& record);

}  // namespace citus_init::restore
