#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/filesystem.h"

namespace citus_init::postgres {

// Line 8 of postmaster.pid.
enum class PostmasterStatus {
    unknown,   // not written yet
    starting,  // up to and including crash recovery
    stopping,
    ready,    // takes connections
    standby,  // in recovery, takes read-only connections if hot standby allows it
};

// PGDATA/postmaster.pid, as utils/pidfile.h of PostgreSQL lays it out. The postmaster writes it in
// steps, so any of the later lines may be missing.
struct PostmasterPid {
    pid_t pid = 0;
    bool standalone = false;  // a single-user backend, which writes its pid negated
    std::string data_directory;
    std::int64_t start_time = 0;  // seconds since the epoch
    int port = 0;
    std::string socket_directory;  // the first one, absolute or "@...", "" = none
    std::string listen_address;    // the first one, "*" = all, "" = none
    PostmasterStatus status = PostmasterStatus::unknown;
    bool operator==(const PostmasterPid&) const = default;
};

// None when even the pid is not there. The same first line stands in ".s.PGSQL.PORT.lock".
std::optional<PostmasterPid> parse_postmaster_pid(std::string_view text);

// That of the server on `data_directory`. None too where the file is not there or cannot be read.
std::optional<PostmasterPid> read_postmaster_pid(const Filesystem& files,
                                                 const std::string& data_directory);

}  // namespace citus_init::postgres
