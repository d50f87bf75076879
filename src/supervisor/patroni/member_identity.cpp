#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/postgres/data_directory.h"

#include "supervisor/patroni/member_directories.h"

namespace citus_init::supervisor {

namespace {

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
    if (const auto action =
            postgres::decide_start(*content, path, {member.node.postgres_major, false});
        !action) {
        return fail(action.error());
    }
    return {};
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

Status check_data_directory(const Member& member) {
    if (const auto why = RealFilesystem().read(incomplete_path(member), read_limit::kRecord)) {
        return fail(ExitCode::data_directory,
                    fmt::format("data directory \"{}\" is the rest of a bootstrap that failed: {}. "
                                "Use another data directory (a new volume) and keep this one.",
                                member.node.data_directory, *why));
    }
    CITUS_INIT_TRY(check_identity(member));
    CITUS_INIT_TRY(set_half_copied_aside(member));
    return check_major(member);
}

Status mark_as_incomplete(const Member& member, const std::string& why) {
    return write_file_atomically(incomplete_path(member), why, 0600);
}

Status note_identity(const Member& member) {
    constexpr mode_t kOwnerOnly = 0600;
    const std::string path = identity_path(member);
    if (RealFilesystem().exists(path)) {
        return {};
    }
    CITUS_INIT_TRY(make_directories(member.node.data_directory + "/citus_init", 0700));
    return write_file_atomically(path, identity_text(member.patroni()), kOwnerOnly);
}

}  // namespace citus_init::supervisor
