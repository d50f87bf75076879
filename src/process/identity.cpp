#include "citus_init/process/identity.h"

#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace citus_init::process {

namespace {

// `look_up` is getpwnam_r or getpwuid_r with its key bound. An entry may be of any length.
template <typename LookUp>
Result<std::optional<User>> find(const std::string& who, LookUp look_up) {
    std::vector<char> buffer(1024);
    for (;;) {
        passwd entry{};
        passwd* found = nullptr;
        const int reason = look_up(&entry, buffer.data(), buffer.size(), &found);
        if (reason == ERANGE) {
            buffer.resize(buffer.size() * 2);
        } else if (found != nullptr) {
            return User{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
        } else if (reason == 0 || reason == ENOENT || reason == ESRCH) {
            return std::nullopt;  // getpwnam(3) lists the errnos that mean "no such entry"
        } else if (reason != EINTR) {
            return fail(errno_error(fmt::format("cannot look up {} in the user database", who),
                                    reason, ExitCode::os));
        }
    }
}

Status denied(const User& user, const char* step, int reason) {
    return fail(errno_error(
        fmt::format("cannot become user \"{}\" (uid {}): {}; start the container as root with "
                    "CAP_SETUID and CAP_SETGID, or as that user (docker run --user)",
                    user.name, user.uid, step),
        reason, ExitCode::permission));
}

Status set_groups(const User& user) {
    const int result =
        user.name.empty() ? ::setgroups(1, &user.gid) : ::initgroups(user.name.c_str(), user.gid);
    return result == 0 ? Status{} : denied(user, "setgroups", errno);
}

struct FileRights {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;
};

FileRights current_file_rights() {
    FileRights rights;
    // An id that does not exist changes nothing (setfsuid(2)).
    rights.user = static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1)));
    rights.group = static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1)));
    const int count = ::getgroups(0, nullptr);
    rights.groups.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count > 0 && ::getgroups(count, rights.groups.data()) != count) {
        rights.groups.clear();
    }
    return rights;
}

bool can_become_root(const User& user) {
    constexpr auto kUnchanged = static_cast<uid_t>(-1);
    return (user.uid != 0 && ::setresuid(kUnchanged, 0, kUnchanged) == 0) ||
           (user.gid != 0 && ::setresgid(kUnchanged, 0, kUnchanged) == 0);
}

}  // namespace

Result<std::optional<User>> find_user(const std::string& name) {
    return find(fmt::format("user \"{}\"", name),
                [&](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); });
}

Result<std::optional<User>> find_user(uid_t uid) {
    return find(fmt::format("uid {}", uid),
                [&](auto... rest) { return ::getpwuid_r(uid, rest...); });
}

Result<User> current_user() {
    auto found = find_user(::geteuid());
    if (!found) {
        return fail(std::move(found.error()));
    }
    if (*found) {
        return std::move(**found);
    }
    const char* home = ::getenv("HOME");
    return User{"", ::geteuid(), ::getegid(), home == nullptr ? "/" : home};
}

Status step_down(const User& user) {
    if (::geteuid() != user.uid) {
        CITUS_INIT_TRY(set_groups(user));
        if (::setresgid(user.gid, user.gid, user.gid) != 0) {
            return denied(user, "setresgid", errno);
        }
        if (::setresuid(user.uid, user.uid, user.uid) != 0) {
            return denied(user, "setresuid", errno);
        }
        ::setenv("HOME", user.home.c_str(), 1);
    }
    if (can_become_root(user)) {
        return fail(ExitCode::software,
                    fmt::format("user \"{}\" (uid {}) could become root again: the container's "
                                "securebits or capabilities keep CAP_SETUID; remove them",
                                user.name, user.uid));
    }
    forbid_inspection();
    return {};
}

Status become_owner_of(const std::string& path) {
    struct stat info {};
    if (::geteuid() != 0 || ::stat(path.c_str(), &info) != 0 || info.st_uid == 0) {
        return {};
    }
    const auto user = find_user(info.st_uid);
    if (!user) {
        return fail(user.error());
    }
    return step_down(user->value_or(User{"", info.st_uid, info.st_gid, "/"}));
}

Status with_file_rights_of(const User& user, const std::function<Status()>& action) {
    if (::geteuid() != 0 || user.uid == 0) {
        return action();
    }
    const FileRights own = current_file_rights();
    CITUS_INIT_TRY(set_groups(user));
    ::setfsgid(user.gid);
    ::setfsuid(user.uid);
    // They return the former id, and no error.
    const bool changed = current_file_rights().user == user.uid;
    Status done = changed ? action() : denied(user, "setfsuid", EPERM);
    ::setfsuid(own.user);
    ::setfsgid(own.group);
    if (::setgroups(own.groups.size(), own.groups.data()) != 0) {
        return denied(user, "setgroups", errno);
    }
    return done;
}

void forbid_inspection() {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace citus_init::process
