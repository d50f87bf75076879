#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init::postgres {

// What take_ownership() did.
struct OwnershipWalk {
    std::size_t entries = 0;
    std::size_t changed = 0;
    std::size_t left_alone = 0;    // device nodes, files with a name outside of the tree
    std::string first_left_alone;  // a path
};

// Gives `path` and all below it that is not `owner`'s to `owner`; groups are kept. `path` is opened
// by open_directory(), symlinks below are not followed, so nothing outside of the tree changes
// hands: neither does a file that has a name (hard link) elsewhere, nor a device node. Costs one
// fstatat(2) an entry. For root only. Errors: `permission`, with the reason where NFS squashes
// root; `os` when a stop is requested meanwhile (process::stop_is_pending()).
[[nodiscard]] Result<OwnershipWalk> take_ownership(const std::string& path, uid_t owner);

// The data directory's mode as the server wants it (0700 or 0750): what is stricter or equal is
// left alone, so a cluster made by `initdb -g` keeps its 0750, recognised by PG_VERSION being
// readable for the group. Anything else becomes 0700. Failure to change it is no error here: the
// server says what it thinks of it.
void fix_data_directory_mode(const std::string& path);

// Flushes each file system that the cluster is on: the directory's, that of its WAL and those of
// its tablespaces (sync_file_system()). Blocks for as long as the disks take. Errors from errno.
[[nodiscard]] Status sync_data_directory(const std::string& path);

// mkdir -p with 0700 for what is new. Errors: `cannot_create`, `permission`.
[[nodiscard]] Status make_data_directory(const std::string& path);

// mkdir -p and mode 03775, as the official images have it; "" or the reason why it is not so. No
// failure: the server reports it if it cannot make its socket there.
std::string make_socket_directory(const std::string& path);

// POSTGRES_INITDB_WALDIR: mkdir -p, `owner`'s (for root; else pass geteuid()), 0700. One that holds
// something and no WAL is left as it is. Errors:
// `config` when it lies within the data directory, which initdb cannot do; `permission`,
// `cannot_create`.
[[nodiscard]] Status make_wal_directory(const std::string& path, const std::string& data_directory,
                                        uid_t owner);

// Whether pg_wal of an initialised directory is there and holds WAL. The server's own PANIC about a
// checkpoint record leads people to pg_resetwal, where only a volume is not mounted. A base backup
// whose WAL is yet to be fetched (backup_label, recovery.signal, standby.signal) is left to the
// server. Errors: `data_directory`, with the target where pg_wal is a symlink. Pure but for
// reading.
[[nodiscard]] Status check_wal_is_there(const std::string& data_directory);

// initdb wants an empty one. To be called before the bootstrap marker names the directory, since
// what is in it then counts as ours. Errors: `data_directory`.
[[nodiscard]] Status check_wal_directory_is_empty(const std::string& path);

// rm -rf: symlinks are unlinked, never followed. A missing one is fine. Errors: from errno.
[[nodiscard]] Status remove_tree(const std::string& path);

// Before a bootstrap: a directory of another uid is refused (77) here rather than by initdb's
// chmod(2) at its end.
[[nodiscard]] Status check_owner(const std::string& path);

// Can the effective user make files in it, and is there room for `bytes` and for `files` (inodes)?
// Errors: `permission` (read-only file system, no right), `io` (no room), naming the numbers.
[[nodiscard]] Status check_room(const std::string& path, std::uint64_t bytes, std::uint64_t files);

}  // namespace citus_init::postgres
