#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init {

// The most that is read of one file, in bytes, by what the file is for. A larger one is an error.
namespace read_limit {
// What we, initdb or the server wrote and keep small: markers, PG_VERSION, postmaster.pid,
// pg_control, a slot's owner, certificates and keys.
inline constexpr std::size_t kRecord = 64UL << 10U;
// NAME_FILE and the YAML file. A variable cannot be larger than 128 kB (MAX_ARG_STRLEN).
inline constexpr std::size_t kSetting = 1UL << 20U;
// Configuration files of the server, the state file, files of /proc.
inline constexpr std::size_t kFile = 16UL << 20U;
// The server's program, in which names are looked up.
inline constexpr std::size_t kProgram = 512UL << 20U;
}  // namespace read_limit

// The whole of a regular file; symbolic links are followed. Never waits for a peer: a FIFO, a
// device, a socket is refused before it is opened, and the descriptor is non-blocking should it
// become one in between. What stat(2) gives as empty (/proc) is read to its end.
// Errors: `config` for what is no regular file or larger than `limit`; else from errno. The message
// names the path and ends with the reason.
[[nodiscard]] Result<std::string> read_regular_file(const std::string& path, std::size_t limit);

// The errors of the above, for fakes: `type` is the S_IFMT part of st_mode.
Error not_regular_error(const std::string& path, mode_t type);
Error too_large_error(const std::string& path, std::size_t limit);

}  // namespace citus_init
