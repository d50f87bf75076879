#include "citus_init/node/preparation.h"

#include <cstdlib>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/random.h"
#include "citus_init/citus/support.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/guc_findings.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/output_plugins.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/node/server_version.h"
#include "citus_init/postgres/installation.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/out_of_memory.h"
#include "citus_init/settings/load.h"

namespace citus_init::node {

namespace {

// Before the step-down, which closes /proc/self to us.
void arrange_for_little_memory(Node& node) {
    if (const auto scores = process::adjust_out_of_memory_score()) {
        node.out_of_memory_environment = scores->postmaster_environment();
    }
    if (process::killed_as_a_group()) {
        log::warning(
            "this container is killed as a whole when memory runs out (memory.oom.group): "
            "one greedy query ends every connection");
    }
}

}  // namespace

std::string Node::role_name() const {
    return node::role_name(settings.citus);
}

Result<Node> read_node(const std::vector<std::string>& server_arguments,
                       const settings::Environment& environment) {
    auto arguments = read_server_arguments(server_arguments, RealFilesystem());
    auto loaded = settings::load_settings(
        with_data_directory(environment, arguments.value_or(render::ServerArguments{})),
        RealFilesystem());
    if (!loaded) {
        return fail(as_error(with_hidden_problems(loaded.error(), environment, server_arguments)));
    }
    if (!arguments) {
        return fail(
            as_error(with_hidden_problems({{}, loaded->warnings}, environment, server_arguments)));
    }
    Node node;
    node.settings = std::move(loaded->settings);
    node.environment = std::move(loaded->resolved);
    node.data_directory = node.settings.postgres.data_directory;
    node.node_name = node_name(node.settings.citus);
    node.program = "/proc/self/exe";
    if (node.settings.supervisor.log_format == log::Format::json) {
        constexpr std::size_t kTokenBytes = 16;
        CITUS_INIT_TRY(keep(node.log_token, random_hex(kTokenBytes)));
    }
    log::configure(log_options(node.settings));
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    return node;
}

Status take_arguments(Node& node, const std::vector<std::string>& server_arguments) {
    auto arguments = read_server_arguments(server_arguments, RealFilesystem());
    if (!arguments) {
        return fail(as_error(arguments.error()));
    }
    node.arguments = std::move(*arguments);
    node.given_arguments = server_arguments;
    return {};
}

Status find_server(Node& node) {
    const RealFilesystem files;
    const char* path = std::getenv("PATH");
    auto bin =
        server_bin_directory(node.settings.postgres.bin_directory, path == nullptr ? "" : path);
    if (!bin) {
        return fail(bin.error());
    }
    node.bin_directory = std::move(*bin);
    auto major = server_major_version(node.bin_directory, node.settings.postgres.major_version);
    if (!major) {
        return fail(major.error());
    }
    node.postgres_major = *major;
    if (const std::string warning = postgres::newer_major(*major); !warning.empty()) {
        log::warning("{}", warning);
    }
    if (const auto problems =
            problems_of_pgbackrest(node.settings, *major, path == nullptr ? "" : path);
        !problems.empty()) {
        return fail(as_error(problems));
    }
    if (node.settings.citus.enable) {
        auto citus = citus::find_citus(files, node.bin_directory, node.postgres_major);
        if (!citus) {
            return fail(citus.error());
        }
        node.citus = std::move(*citus);
        const std::string untested =
            citus::untested_pair(node.citus.default_version, node.postgres_major);
        if (!untested.empty()) {
            log::warning("{}.", untested);
        }
        // Patroni removes settings that its own table does not know, with a warning.
        if (!node.settings.patroni) {
            node.output_plugins = output_plugins(node.bin_directory, node.citus.library_path);
        }
    }
    return {};
}

Result<process::User> server_user() {
    auto user = process::find_user("postgres");
    if (!user) {
        return fail(user.error());
    }
    if (!*user) {
        return fail(ExitCode::config,
                    "there is no user \"postgres\" to run the server as. Make it in "
                    "the image, or start the container with --user.");
    }
    return **user;
}

std::string server_user_name() {
    const auto user = ::geteuid() == 0 ? server_user() : process::current_user();
    return user && !user->name.empty() ? user->name : "postgres";
}

Status with_server_file_rights(const std::function<Status()>& action) {
    if (::geteuid() != 0) {
        return action();
    }
    const auto user = server_user();
    return user ? process::with_file_rights_of(*user, action) : fail(user.error());
}

Status step_down(Node& node, const process::User& user) {
    arrange_for_little_memory(node);
    CITUS_INIT_TRY(process::step_down(user));
    node.environment["HOME"] = user.home;
    return {};
}

void close_to_server(Node& node) {
    arrange_for_little_memory(node);
    process::forbid_inspection();
}

}  // namespace citus_init::node
