#pragma once

#include <string>

#include "citus_init/settings/environment.h"

// The verbs about backups of the whole cluster, for people. They work from every node that has the
// repository's settings. Each returns the exit status, which is the one of the last line on stderr.
namespace citus_init::cli {

struct BackupOptions {
    std::string type = "incr";  // full, diff, incr
    std::string name;           // of the restore point; "" = one of its own
    bool json = false;
};

// Base backups of all groups, then a restore point. 0; 1 where it is refused, failed or
// interrupted; 64, 69, 76, 78 as documented.
int run_backup(const settings::Environment& environment, const BackupOptions& options);

// The restore point alone.
int run_restore_point(const settings::Environment& environment, const BackupOptions& options);

struct BackupListOptions {
    bool json = false;
    bool all = false;  // else the newest points only
};
// What the repository has: restore points and base backups. Needs no server. 0; 69, 78.
int run_backups(const settings::Environment& environment, const BackupListOptions& options);

struct RestoreOptions {
    std::string point;  // its name, or kLatestPoint
    bool yes = false;   // without the question
    bool detach = false;
};
// Restores every node in its place, and waits until this one serves clients again. 0; 1 where it is
// refused, failed or interrupted (the restore itself goes on then); 64, 69, 75, 76, 78.
int run_restore(const settings::Environment& environment, const RestoreOptions& options);

}  // namespace citus_init::cli
