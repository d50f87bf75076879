#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init::process {

// A passwd entry. `name` is empty for a uid that has none (an arbitrary `docker run --user`).
struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home;

    bool operator==(const User&) const = default;
};

// Through getpwnam_r(3), so whatever nsswitch.conf names is asked: at start only, it may block.
// None when there is no such entry; an error when the lookup itself failed.
[[nodiscard]] Result<std::optional<User>> find_user(const std::string& name);
[[nodiscard]] Result<std::optional<User>> find_user(uid_t uid);

// The effective user. Without passwd entry: no name, our effective group, HOME as home ("/" if
// unset).
[[nodiscard]] Result<User> current_user();

// Becomes `user` for good, as gosu does, but in process: supplementary groups of its name (only its
// own group if it has none), gid, uid, HOME from its entry; USER and LOGNAME stay. Then tries to
// become root again and fails if that works. Nothing to do but HOME and the groups is left out when
// we are that user already. no_new_privs is not set: init scripts may use sudo, as with gosu.
//
// Errors: `permission` when we are not allowed, `software` when root could be had back. After an
// error the process may be half of each and should end.
//
// Calls forbid_inspection(). Before it: read secrets of root's, chown,
// adjust_out_of_memory_score().
[[nodiscard]] Status step_down(const User& user);

// Root becomes the owner of `path`, for good, as step_down() does it. Nothing happens to any other
// user, and where the path is root's own or not there. Errors: those of find_user(), step_down().
[[nodiscard]] Status become_owner_of(const std::string& path);

// Runs `action` with the rights of `user` where files are concerned (setfsuid(2), its groups), so
// that root reads and makes what that user could, and no more; children of `action` are root's all
// the same. Afterwards everything is as before, but for PR_SET_DUMPABLE, which the kernel clears.
// For root and the calling thread; any other caller has no more rights than its own, and `action`
// just runs. Errors: those of `action`; `permission` where root may not do it.
[[nodiscard]] Status with_file_rights_of(const User& user, const std::function<Status()>& action);

// PR_SET_DUMPABLE 0: no core file of us and no ptrace(2), and /proc/PID/environ (secrets of the
// container's start), fd, exe and cwd are closed to our own uid, which is the server's: SQL's
// pg_read_file('/proc/1/environ') fails. What that costs: our /proc/self/* belongs to root, so that
// we cannot write /proc/self/oom_score_adj any more (reading and /proc/self/fd still work), and
// nobody without CAP_SYS_PTRACE opens /proc/1/fd/1. ps(1), /proc/PID/stat, status and cmdline are
// as before. exec(2) makes a child dumpable again, so PostgreSQL keeps its core files.
void forbid_inspection();

}  // namespace citus_init::process
