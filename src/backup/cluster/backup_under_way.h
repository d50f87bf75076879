#pragma once

#include <string>

#include <fmt/core.h>

#include "citus_init/base/error.h"
#include "citus_init/citus/backup_request.h"

namespace citus_init::backup {

// Why nothing else is begun on a group that makes a base backup.
inline Error backup_under_way(const std::string& stanza, const citus::BackupRow& row) {
    constexpr int kPermillePerPercent = 10;
    return {ExitCode::locked,
            fmt::format("a base backup of {} is under way ({}, {} %), asked for by {} at {}. Wait "
                        "for its end",
                        stanza, to_string(row.state), row.permille / kPermillePerPercent,
                        row.requested_by, row.requested_at)};
}

}  // namespace citus_init::backup
