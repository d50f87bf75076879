#include "supervisor/patroni/member_directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <variant>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/log.h"
#include "citus_init/node/preparation.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/restore_record.h"

#include "supervisor/patroni/member_creation.h"

namespace citus_init::supervisor {

namespace {

std::string parent_of(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().parent_path().string();
}

bool is_mount_point(const std::string& path) {
    std::error_code ignored;
    const std::string real = std::filesystem::weakly_canonical(path, ignored).string();
    const auto points =
        postgres::mount_points(RealFilesystem().read("/proc/self/mountinfo").value_or(""));
    return std::find(points.begin(), points.end(), real) != points.end();
}

// Whether nothing else lives there: the volume's root, or a directory that was made for this.
bool is_of_the_member(const std::string& parent, const std::string& data_directory) {
    const std::string name = std::filesystem::path(data_directory).filename().string();
    const auto names = RealFilesystem().list(parent);
    return names && std::all_of(names->begin(), names->end(), [&](const std::string& entry) {
               return entry.starts_with(name) || entry == "lost+found";
           });
}

Status give_parent(const std::string& parent, const std::string& data_directory,
                   const process::User& user) {
    const auto directory = open_directory(parent);
    if (!directory) {
        return fail(directory.error());
    }
    struct stat info {};
    if (::fstat(directory->get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot stat \"{}\"", parent), errno));
    }
    if (info.st_uid == user.uid || !is_of_the_member(parent, data_directory)) {
        return {};
    }
    if (::fchown(directory->get(), user.uid, static_cast<gid_t>(-1)) != 0) {
        return fail(errno_error(fmt::format("cannot chown \"{}\"", parent), errno));
    }
    return {};
}

Status check_parent(const std::string& parent) {
    if (::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
        return {};
    }
    return fail(ExitCode::permission,
                fmt::format("directory \"{}\" is not writable for uid {}: {}. Patroni makes, "
                            "renames and removes the data directory in it: give the directory to "
                            "that user, or mount a volume there.",
                            parent, ::geteuid(), std::generic_category().message(errno)));
}

// Before another container's files get another owner. In a new volume the server's user makes the
// lock.
Status lock_as_root(Member& member, const process::User& user) {
    if (!RealFilesystem().exists(member.node.data_directory + ".lock")) {
        return {};
    }
    const Status locked = lock_member(member);
    if (!locked && locked.error().code == ExitCode::permission) {
        return {};  // closed to root, so its user locks it
    }
    CITUS_INIT_TRY(locked);
    const int lock = member.node.lock.descriptor.get();
    struct stat info {};
    const bool is_only_name =
        ::fstat(lock, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1;
    if (is_only_name && info.st_uid != user.uid &&
        ::fchown(lock, user.uid, static_cast<gid_t>(-1)) != 0) {
        return fail(errno_error(fmt::format("cannot chown \"{}.lock\"", member.node.data_directory),
                                errno));
    }
    return {};
}

Status give_and_step_down(Member& member, const std::string& parent) {
    const auto user = node::server_user();
    if (!user) {
        return fail(user.error());
    }
    const std::string& data = member.node.data_directory;
    CITUS_INIT_TRY(lock_as_root(member, *user));
    CITUS_INIT_TRY(give_parent(parent, data, *user));
    std::vector<std::string> trees{member.patroni().directory, node::kSocketDirectory};
    const RealFilesystem files;
    if (files.exists(data) && postgres::refuse_foreign_content(files, data)) {
        trees.push_back(data);
    }
    for (const std::string& path : trees) {
        if (auto walk = postgres::take_ownership(path, user->uid); !walk) {
            return fail(walk.error());
        }
    }
    const std::string& wal = member.node.settings.postgres.initdb_waldir;
    if (!wal.empty()) {
        CITUS_INIT_TRY(postgres::make_wal_directory(wal, data, user->uid));
    }
    return node::step_down(member.node, *user);
}

// --- What the data directory is ---

// The members of a group have the same one, so a copy of the leader's is right for all.
std::string identity_path(const Member& member) {
    return member.node.data_directory + "/citus_init/member.json";
}

std::string incomplete_path(const Member& member) {
    return member.node.data_directory + "/citus_init.half_made";
}

std::string identity_text(const settings::PatroniSettings& patroni) {
    nlohmann::ordered_json identity;
    identity["scope"] = patroni.scope;
    identity["namespace"] = patroni.namespace_path;
    identity["group"] = patroni.group;
    return identity.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Status check_major(const Member& member) {
    const std::string& path = member.node.data_directory;
    auto content = postgres::inspect_data_directory(RealFilesystem(), path);
    if (!content) {
        return fail(content.error());
    }
    const auto action = postgres::decide_start(*content, path, {member.node.postgres_major, false});
    if (!action) {
        return fail(action.error());
    }
    const bool upgrades = std::holds_alternative<postgres::UnfinishedUpgrade>(*content);
    const bool is_whole = std::holds_alternative<postgres::Cluster>(*content) ||
                          *action == postgres::StartAction::initialise;
    return is_whole ? Status()
                    : fail(ExitCode::data_directory,
                           fmt::format("data directory \"{}\" has {} that was cut off, by a start "
                                       "without Patroni. Nothing was changed. {} by such a start",
                                       path, upgrades ? "an upgrade" : "a first start or a restore",
                                       upgrades ? "Complete it, or take it back,"
                                                : "Complete it, or move it away,"));
}

Status check_identity(const Member& member) {
    const auto text = RealFilesystem().read(identity_path(member), read_limit::kRecord);
    if (!text) {
        return {};  // of a plain node, or of a Patroni without citus-init
    }
    const auto noted = nlohmann::json::parse(*text, nullptr, false);
    const auto& patroni = member.patroni();
    const std::string scope = text_at(noted, "scope");
    const std::string path = text_at(noted, "namespace");
    const auto group = number_at(noted, "group").value_or(-1);
    if (scope == patroni.scope && path == patroni.namespace_path && group == patroni.group) {
        return {};
    }
    return fail(ExitCode::identity,
                fmt::format("data directory \"{}\" is of group {} of the cluster \"{}\" (in {}), "
                            "not of group {} of \"{}\" (in {}). Give this member its own volume, "
                            "or set PATRONI_SCOPE, PATRONI_NAMESPACE and PATRONI_CITUS_GROUP to "
                            "what it is of. To have a member of another group here, use another "
                            "data directory (a new volume) and keep this one.",
                            member.node.data_directory, group, scope, path, patroni.group,
                            patroni.scope, patroni.namespace_path));
}

}  // namespace

Status check_data_directory_place(const Member& member) {
    const std::string& path = member.node.data_directory;
    if (!is_mount_point(path)) {
        return {};
    }
    return fail(ExitCode::config,
                fmt::format("data directory \"{}\" is a mount point, and Patroni has to rename "
                            "and remove it. Set PGDATA to a directory inside: PGDATA={}/pgdata.",
                            path, path));
}

Status make_member_directories(Member& member) {
    const std::string parent = parent_of(member.node.data_directory);
    CITUS_INIT_TRY(make_directories(parent, 0700));
    CITUS_INIT_TRY(make_directories(member.patroni().directory, 0700));
    if (const std::string why = postgres::make_socket_directory(node::kSocketDirectory);
        !why.empty()) {
        log::debug("{}", why);
    }
    if (::geteuid() == 0) {
        CITUS_INIT_TRY(give_and_step_down(member, parent));
    } else {
        node::close_to_server(member.node);
    }
    CITUS_INIT_TRY(check_parent(parent));
    postgres::fix_data_directory_mode(member.node.data_directory);
    return {};
}

Status lock_member(Member& member) {
    if (member.node.lock.descriptor) {
        return {};  // as root
    }
    auto locked = postgres::lock_beside_data_directory(member.node.data_directory);
    if (!locked) {
        return fail(locked.error());
    }
    if (locked->not_locked) {
        log::warning("{}", *locked->not_locked);
    }
    member.node.lock = std::move(*locked);
    return {};
}

bool has_cluster(const Member& member) {
    return RealFilesystem().exists(member.node.data_directory + "/global/pg_control");
}

Status check_data_directory(const Member& member) {
    if (const auto why = RealFilesystem().read(incomplete_path(member), read_limit::kRecord)) {
        return fail(ExitCode::data_directory,
                    fmt::format("data directory \"{}\" is the rest of a bootstrap that failed: {}. "
                                "Use another data directory (a new volume) and keep this one.",
                                member.node.data_directory, *why));
    }
    CITUS_INIT_TRY(check_identity(member));
    const RealFilesystem files;
    if (files.exists(
            fmt::format("{}/{}", member.node.data_directory, postgres::kRestoreRecordName))) {
        return {};  // not Patroni's yet: the wait for the configuration store decides what it is
    }
    CITUS_INIT_TRY(settle_creation(member));
    return check_major(member);
}

Status mark_as_incomplete(const Member& member, const std::string& why) {
    return write_file_atomically(incomplete_path(member), why, 0600);
}

Status note_identity(const Member& member) {
    constexpr mode_t kOwnerOnly = 0600;
    const std::string path = identity_path(member);
    const std::string text = identity_text(member.patroni());
    if (RealFilesystem().read(path, read_limit::kRecord) == text) {
        return {};
    }
    CITUS_INIT_TRY(make_directories(member.node.data_directory + "/citus_init", 0700));
    return write_file_atomically(path, text, kOwnerOnly);
}

}  // namespace citus_init::supervisor
