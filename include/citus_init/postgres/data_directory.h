#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/postgres/upgrade_record.h"

namespace citus_init::postgres {

struct AbsentDirectory {
    bool operator==(const AbsentDirectory&) const = default;
};

// Empty as initdb sees it: nothing at all in it.
struct EmptyDirectory {
    bool operator==(const EmptyDirectory&) const = default;
};

struct Cluster {
    int major = 0;  // PG_VERSION; 9 for "9.6"
    // pg_upgrade_output.d is there, which a pg_upgrade into this directory removes when it succeeds
    // (since 15): the cluster may be new and empty.
    bool has_upgrade_output = false;
    bool operator==(const Cluster&) const = default;
};

// A bootstrap began here and did not end.
struct IncompleteCluster {
    // True: our marker is there. False: PG_VERSION without global/pg_control, as a killed initdb of
    // another entrypoint leaves it; initdb writes the first early and the second late.
    bool ours = false;
    // None where it is not ours, or where ours cannot be read.
    std::optional<BootstrapMarker> marker;
    // Our marker is there, but the cluster is another one than that bootstrap made: somebody has
    // put data in its place, a backup that was restored over it.
    bool is_replaced = false;
    // global/pg_control.old is there: pg_upgrade --link has given its files to another cluster.
    bool is_linked_away = false;
    bool operator==(const IncompleteCluster&) const = default;
};

// An upgrade of ours began here and did not end.
struct UnfinishedUpgrade {
    UpgradeRecord record;
    bool operator==(const UnfinishedUpgrade&) const = default;
};

// A restore of ours began here, and its files are not in their place yet.
struct UnfinishedRestore {
    RestoreRecord record;
    bool operator==(const UnfinishedRestore&) const = default;
};

// Something, but no cluster. initdb refuses it, dot files and lost+found included.
struct ForeignContent {
    std::string example;  // the name of one entry
    // Only dot files and lost+found: a file system's root that was mounted right here.
    bool resembles_mount_point = false;
    bool operator==(const ForeignContent&) const = default;
};

using DataDirectoryContent =
    std::variant<AbsentDirectory, EmptyDirectory, Cluster, IncompleteCluster, UnfinishedUpgrade,
                 UnfinishedRestore, ForeignContent>;

// What is in the data directory. Errors: `permission` or `io` where it cannot be read,
// `data_directory` for a PG_VERSION that holds no number or a record of an upgrade or a restore
// that cannot be read, `cannot_create` where the path is a file.
[[nodiscard]] Result<DataDirectoryContent> inspect_data_directory(const Filesystem& files,
                                                                  const std::string& path);

// Before root gives the directory to the server's user as a whole: refuses one that holds something
// and neither a cluster nor a bootstrap of ours, such as PGDATA=/home, with the words of
// decide_start() (`data_directory`). Only names are read; what cannot be listed passes.
[[nodiscard]] Status refuse_foreign_content(const Filesystem& files, const std::string& path);

enum class StartAction {
    initialise,       // nothing there: initdb
    redo_bootstrap,   // discard_bootstrap() first, then initdb
    start_existing,   // a whole cluster
    upgrade,          // pg_upgrade, or the rest of one
    abandon_upgrade,  // remove what an upgrade has made beside the cluster, then start that
    restore,          // go on with a restore
};

struct StartPolicy {
    int server_major = 0;
    bool bootstrap_redo = false;  // CITUS_BOOTSTRAP_REDO
    bool pg_upgrade = false;      // CITUS_PG_UPGRADE
};

// What to do with it, or why nothing can be done (`data_directory`, in words that name the fix).
// Pure.
[[nodiscard]] Result<StartAction> decide_start(const DataDirectoryContent& content,
                                               const std::string& path, const StartPolicy& policy);

// The clusters of an older major version where older_layouts() finds them; only whole ones.
struct OlderCluster {
    std::string path;
    int major = 0;
};
std::vector<OlderCluster> older_clusters(const Filesystem& files, const std::string& path,
                                         int server_major);

// The directories under /var/lib/postgresql that the images before 18 kept their data in, where the
// data directory is the versioned one of the images since 18 and no cluster is in it yet: starting
// would silently make an empty database beside the old one. `mountinfo` is /proc/self/mountinfo's
// text. Errors: `data_directory`, listing them. To be called only for absent or empty directories.
[[nodiscard]] Status check_older_layouts(const Filesystem& files, const std::string& path,
                                         int server_major, std::string_view mountinfo);

// The mount points of /proc/self/mountinfo, its octal escapes undone (proc_pid_mountinfo(5)).
std::vector<std::string> mount_points(std::string_view mountinfo);

}  // namespace citus_init::postgres
