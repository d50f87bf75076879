#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/postgres/upgrade_record.h"

namespace citus_init::upgrade {

// What stands where in a data directory that is being upgraded.
struct UpgradeDirectories {
    std::string data;  // PGDATA
    std::string old;   // of the old cluster: PGDATA, or the place of an older image
    std::string work;  // PGDATA/citus_init.upgrade
    std::string made;  // the new cluster in it
    std::string kept;  // PGDATA/citus_init.old

    static UpgradeDirectories of(const std::string& data_directory,
                                 const std::string& old_directory);
    bool in_place() const { return data == old; }
};

// Whether an entry of a data directory is the server's own, and so goes with its cluster; all
// others are the user's or ours, and stay: configuration, certificates, citus_init.
bool is_cluster_entry(std::string_view name);

// The server's own entries of a data directory that are mount points, as paths. `mountinfo`:
// /proc/self/mountinfo's text. The device number of a bind mount is that of its file system, so it
// does not say so.
std::vector<std::string> mount_points_in(const std::string& data_directory,
                                         std::string_view mountinfo);

// Whether both directories are of one file system that can share blocks (FICLONE): tried with a
// file in `work`.
bool can_clone(const std::string& old_directory, const std::string& work_directory);
// Whether that of the directory can: tried with two files in it.
bool can_clone_within(const std::string& directory);
// The new cluster's directory and tablespaces, as far as files of the old one cannot be cloned
// there. pg_upgrade keeps the files of a tablespace within it.
std::vector<std::string> places_without_clones(const UpgradeDirectories& directories,
                                               const std::vector<std::string>& tablespaces);

// Removes what an attempt has made: the new cluster, its directories in tablespaces, what it has
// copied from another place, or beside an old cluster that was not moved yet. Where the old cluster
// was given away by links (pg_control.old), it is given back.
[[nodiscard]] Status discard_attempt(const UpgradeDirectories& directories,
                                     const postgres::UpgradeRecord& record);

// The configuration files of the old cluster, copied beside it, so that what is kept is whole.
[[nodiscard]] Status keep_configuration(const UpgradeDirectories& directories);
// From another place: what is neither the cluster's own of the old directory nor about that place,
// where the data directory has nothing of that name.
[[nodiscard]] Result<std::vector<std::string>> user_files(const UpgradeDirectories& directories);
// Sizes of the files of a tree. What cannot be read counts nothing: its copy fails, and names it.
std::uint64_t bytes_of_tree(const std::string& path);
std::uint64_t bytes_of_user_files(const UpgradeDirectories& directories);
// Copies them into the data directory, each one whole or not at all, and can be repeated.
[[nodiscard]] Status copy_user_files(const UpgradeDirectories& directories);

// Each can be repeated, and goes on where it was cut off.
[[nodiscard]] Status move_old_away(const UpgradeDirectories& directories);
[[nodiscard]] Status move_new_into_place(const UpgradeDirectories& directories);

}  // namespace citus_init::upgrade
