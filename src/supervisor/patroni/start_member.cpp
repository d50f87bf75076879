#include "supervisor/patroni/start_member.h"

#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/node/backend.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/preparation.h"
#include "citus_init/process/nss_wrapper.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/load.h"

#include "supervisor/lock_files.h"
#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_directories.h"

namespace citus_init::supervisor {

namespace {

Status find_programs(Member& member) {
    CITUS_INIT_TRY(node::find_server(member.node));
    auto backend = node::find_backend(member.node.settings, member.node.environment["PATH"]);
    if (!backend) {
        return fail(backend.error());
    }
    member.backend = std::move(*backend);
    std::error_code ignored;
    member.program = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
    return {};
}

// And becomes the server's user, who has to be able to make its sockets.
Status make_directories(Member& member) {
    CITUS_INIT_TRY(check_data_directory_place(member));
    CITUS_INIT_TRY(make_member_directories(member));
    return check_socket_directories(member.node);
}

// initdb asks who runs it, the server who comes to its socket.
Status give_name(Member& member) {
    const auto user = process::current_user();
    if (!user) {
        return fail(user.error());
    }
    auto entry = process::nss_wrapper_files(*user, member.node.environment["HOME"],
                                            member.patroni().directory);
    if (!entry) {
        return fail(entry.error());
    }
    member.passwd_entry = std::move(*entry);
    return {};
}

Status check_secret_of_new_member(const Member& member) {
    const auto problem =
        has_cluster(member) ? std::nullopt : settings::check_new_secret(member.node.settings);
    return problem ? Status(fail(ExitCode::config, problem->text())) : Status();
}

bool needs_certificate(const Member& member) {
    const auto& backup = member.node.settings.backup;
    return member.node.stack->certificate != render::NodeCertificate::none ||
           (backup && backup->has_host());
}

void report_what_is_passed_on(const Member& member) {
    const auto names = settings::patroni_environment(member.node.environment).passed_on;
    if (!names.empty()) {
        log::info("left to Patroni, which reads them itself: {}", join(names, ", "));
    }
}

}  // namespace

Result<Member> start_member(node::Node node, const std::vector<std::string>& server_arguments) {
    Member member;
    member.node = std::move(node);
    CITUS_INIT_TRY(node::take_arguments(member.node, server_arguments));
    if (!member.node.arguments.print_setting.empty()) {
        return fail(ExitCode::config,
                    "-C has no place with CITUS_HA=patroni. Use citus-init explain, or SHOW.");
    }
    CITUS_INIT_TRY(find_programs(member));
    member.host = node::connect_host(member.node.settings.citus);
    member.system_user = node::server_user_name();
    CITUS_INIT_TRY(
        node::with_server_file_rights([&] { return check_member_configuration(member); }));
    CITUS_INIT_TRY(make_directories(member));
    CITUS_INIT_TRY(give_name(member));
    CITUS_INIT_TRY(lock_member(member));
    CITUS_INIT_TRY(check_data_directory(member));
    CITUS_INIT_TRY(check_secret_of_new_member(member));
    member.plan.certificate = needs_certificate(member);
    member.plan.dcs_wait = true;
    report_what_is_passed_on(member);
    log::info(R"({}, member of group {} of "{}", reached as "{}")", member.backend->name(),
              member.patroni().group, member.patroni().scope, member.host);
    return member;
}

}  // namespace citus_init::supervisor
