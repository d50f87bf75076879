#include "citus_init/node/configuration.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/guc_findings.h"
#include "citus_init/node/mesh.h"
#include "citus_init/node/place.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/restoring.h"
#include "citus_init/node/tls_files.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/process/identity.h"
#include "citus_init/render/authentication_files.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/render/log_line_prefix.h"
#include "citus_init/render/machine.h"
#include "citus_init/render/own_files.h"
#include "citus_init/render/postgresql_conf.h"
#include "citus_init/render/socket_directories.h"
#include "citus_init/render/validation.h"

namespace citus_init::node {

namespace {

constexpr mode_t kOwnerOnly = 0600;

std::string fingerprint_of(const Node& node, const render::GucStack& stack) {
    return render::validation_fingerprint(
        stack, node.arguments, {node.bin_directory + "/postgres", node.citus.library_path},
        RealFilesystem());
}

tl::expected<void, std::vector<settings::Problem>> stack_layers(Node& node) {
    const RealFilesystem files;
    auto stack =
        render::build_guc_stack({node.settings,
                                 node.environment,
                                 node.arguments,
                                 files,
                                 render::read_machine(files, node.settings),
                                 node.output_plugins,
                                 {node.postgres_major, node.citus.default_version.release()},
                                 group_to_archive(node),
                                 node.workers});
    if (!stack) {
        return tl::unexpected(std::move(stack.error()));
    }
    node.stack = std::move(*stack);
    node.fingerprint = fingerprint_of(node, *node.stack);
    render::mark_log_lines(*node.stack, node.log_token);  // another one at each start
    return {};
}

Status read_stack(Node& node) {
    const auto stacked = stack_layers(node);
    return stacked ? Status() : Status(fail(as_error(stacked.error())));
}

settings::ProblemReport find_problems(Node& node) {
    if (auto stacked = stack_layers(node); !stacked) {
        return {std::move(stacked.error()), {}};
    }
    auto findings = check_by_table(*node.stack, node.bin_directory, node.citus.library_path);
    auto tls_files = tls_file_problems(node.settings.citus, RealFilesystem());
    settings::ProblemReport report{address_problems(node.settings, *node.stack),
                                   std::move(findings.doubts)};
    for (auto* more : {&findings.problems, &tls_files}) {
        std::move(more->begin(), more->end(), std::back_inserter(report.problems));
    }
    return report;
}

// A kubelet gives all files of a pod's volume to the pod's group before each start (fsGroup). The
// server refuses a key, and libpq a password file, that others than the owner may read or write.
// Only what is this user's can be changed, and only that has to be.
void take_from_group(const std::string& path) {
    constexpr mode_t kOthers = 0077;
    struct stat info {};
    if (!path.empty() && ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        info.st_uid == ::geteuid() && (info.st_mode & kOthers) != 0 &&
        ::chmod(path.c_str(), kOwnerOnly) == 0) {
        log::info("\"{}\" was open to its group: made 0600", path);
    }
}

// What is already so is not written again. Nothing of it is synced: each start compares it anew.
Status write_or_remove(const std::string& path, const std::optional<std::string>& content) {
    if (!content) {
        return remove_file(path);
    }
    const auto present = RealFilesystem().read(path);
    if (present && *present == *content) {
        take_from_group(path);
        return {};
    }
    return replace_file(path, *content, kOwnerOnly);
}

// The server's key, ours or the user's, as ssl_key_file names it: relative to the data directory.
std::string key_path(const Node& node, const render::GucStack& stack) {
    const std::string key = stack.effective("ssl_key_file");
    return key.empty() || key.front() == '/' ? key : node.data_directory + "/" + key;
}

// Of the server, as which we run by now; "" where it has none.
std::string server_os_user() {
    const auto user = process::current_user();
    return user ? user->name : "";
}

std::string login_lines_of(const Node& node, std::string_view user_hba) {
    // While the directory is made, POSTGRES_PASSWORD is known.
    const bool has_role = node.bootstrapped || node.marker.has_login_role;
    return render::own_login_lines(node.settings, server_os_user(),
                                   has_role ? render::SuperuserLogin::as_configured
                                            : render::SuperuserLogin::until_role_exists,
                                   user_hba);
}

// What is ours of the authentication files; none: the user's own are enough.
struct Authentication {
    std::optional<std::string> hba;
    std::string login_lines;
};

Authentication authentication_of(const Node& node, const render::GucStack& stack) {
    const std::string path = render::user_hba_path(stack);
    const std::string user_hba = RealFilesystem().read(path).value_or("");
    std::string login_lines = login_lines_of(node, user_hba);
    // A node reaches itself under its registered name, too.
    auto addresses =
        node.settings.citus.has_mesh() ? network::own_addresses() : std::vector<std::string>();
    addresses.insert(addresses.end(), node.peer_addresses.begin(), node.peer_addresses.end());
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    auto clients = clients_of(node);
    if (node.hba_is_ours && clients == render::Clients::as_configured) {
        clients = render::Clients::may_be_shut_out;
    }
    auto hba = render::render_pg_hba(node.settings, {citus::kNodeRole, addresses, login_lines},
                                     path, user_hba, clients);
    return {std::move(hba), std::move(login_lines)};
}

// A missing one is the server's to report; one that is no file would have it wait for ever.
Status check_user_hba(const render::GucStack& stack) {
    const auto content = RealFilesystem().read(render::user_hba_path(stack));
    const bool refused = !content && content.error().code == ExitCode::config;
    return refused ? Status(fail(content.error().code, "hba_file: " + content.error().message))
                   : Status();
}

std::string conf_of(const Node& node) {
    auto conf = render::render_postgresql_conf(*node.stack).text;
    if (is_held_back(node)) {
        conf += render::held_back_maintenance(
            postgres::is_copied_directory(node.marker_on_disk, node.data_directory));
    }
    if (clients_of(node) == render::Clients::shut_out) {
        conf += render::kClientsShutOut;
    }
    if (node.restore) {
        conf += restored_lines(*node.restore);
    }
    return conf;
}

Status write_authentication_files(Node& node, const render::OwnFiles& own) {
    const Authentication authentication = authentication_of(node, *node.stack);
    CITUS_INIT_TRY(write_or_remove(own.pg_hba_conf, authentication.hba));
    if (!authentication.login_lines.empty()) {
        const std::string ident = render::user_ident_path(*node.stack);
        CITUS_INIT_TRY(write_or_remove(
            own.pg_ident_conf,
            render::render_pg_ident(node.settings.postgres.user, server_os_user(), ident,
                                    RealFilesystem().read(ident).value_or(""))));
    }
    const auto pgpass = render::render_pgpass(node.settings);
    node.has_pgpass = pgpass.has_value();
    return write_or_remove(own.pgpass, pgpass ? std::optional(pgpass->reveal()) : std::nullopt);
}

}  // namespace

Status check_configuration(Node& node, const FindMore& find_more) {
    node.stack_is_current = false;
    auto report = find_problems(node);
    if (find_more) {
        auto more = find_more();
        std::move(more.begin(), more.end(), std::back_inserter(report.problems));
    }
    if (!report.problems.empty()) {
        return fail(as_error(report));
    }
    for (const auto& doubt : report.warnings) {
        log::warning("{}", doubt.text());
    }
    node.stack_is_current = true;  // and good: what is refused must not be written later
    return {};
}

Status plan_configuration(Node& node) {
    const RealFilesystem files;
    const auto own = render::own_files(node.settings);
    CITUS_INIT_TRY(check_user_hba(*node.stack));
    node.has_pgpass = render::render_pgpass(node.settings).has_value();
    if (node.has_pgpass || node.stack->certificate != render::NodeCertificate::none ||
        node.settings.backup) {
        if (Status made = make_private_directory(own.secrets_directory); !made) {
            return fail(
                made.error().code,
                fmt::format("{}. It holds the node's secrets, which must not be in the data "
                            "directory: set CITUS_RUN_DIR to a directory that the server's "
                            "user can write to",
                            made.error().message));
        }
    }
    switch (node.stack->certificate) {
        case render::NodeCertificate::none:
            break;
        case render::NodeCertificate::self_signed:
            node.plan.certificate =
                !files.exists(own.certificate) || !files.exists(own.private_key);
            break;
        case render::NodeCertificate::of_the_cluster:
            // Checking whether it is usable takes libcrypto, which only that child loads.
            node.plan.certificate = true;
            break;
    }
    if (node.settings.backup && node.settings.backup->has_host()) {
        node.plan.certificate = true;  // likewise
    }
    take_from_group(key_path(node, *node.stack));
    node.plan.validation = node.fingerprint != node.marker.validation_fingerprint;
    return {};
}

Status write_backup_configuration(const Node& node) {
    const auto own = render::own_files(node.settings);
    const auto configuration = pgbackrest_configuration(node, *node.stack);
    if (!configuration) {
        return remove_file(own.pgbackrest_conf);
    }
    CITUS_INIT_TRY(make_private_directory(own.secrets_directory));  // after a reload it may be new
    return write_or_remove(own.pgbackrest_conf, configuration->reveal());
}

Status write_configuration(Node& node) {
    // What has just been checked need not be read again.
    if (!node.stack_is_current) {
        CITUS_INIT_TRY(read_stack(node));
    }
    node.stack_is_current = false;
    const auto own = render::own_files(node.settings);
    CITUS_INIT_TRY(make_directories(own.directory, 0700));
    postgres::fix_data_directory_mode(node.data_directory);
    take_from_group(key_path(node, *node.stack));
    for (const auto& path : render::secrets_in_data_directory(node.data_directory)) {
        CITUS_INIT_TRY(remove_file(path));
    }
    CITUS_INIT_TRY(check_user_hba(*node.stack));
    CITUS_INIT_TRY(write_or_remove(own.postgresql_conf, conf_of(node)));
    CITUS_INIT_TRY(write_backup_configuration(node));
    return write_authentication_files(node, own);
}

bool take_peer_addresses(Node& node, const std::vector<std::string>& addresses) {
    if (addresses == node.peer_addresses) {
        return false;
    }
    node.peer_addresses = addresses;
    return true;
}

bool take_workers(Node& node, const render::KnownWorkers& workers) {
    if (!node.settings.tuning.automatic || node.workers == workers) {
        return false;
    }
    node.workers = workers;
    return true;
}

std::vector<std::string> server_command_line(const Node& node, ServerKind kind) {
    const auto& stack = node.stack;
    const Authentication authentication = authentication_of(node, *stack);
    auto words =
        render::server_command_arguments(*stack, node.arguments, authentication.hba.has_value(),
                                         !authentication.login_lines.empty());
    words.insert(words.begin(), node.bin_directory + "/postgres");
    const auto recovery = recovery_arguments(node, *stack);
    words.insert(words.end(), recovery.begin(), recovery.end());
    if (kind == ServerKind::bootstrap) {
        // PGPORT reaches both servers, -p only the final one, as with the official image.
        const auto port = node.environment.find("PGPORT");
        const bool given = port != node.environment.end() && !port->second.empty();
        words.insert(words.end(), {"-c", "listen_addresses=", "-p", given ? port->second : "5432"});
        // All is synced once, before the directory counts as complete.
        words.insert(words.end(), {"-c", "fsync=off"});
        if (node.settings.backup) {
            // No backup begins before there is a cluster, and its stop would wait for an archive
            // that is not there yet.
            words.insert(words.end(), {"-c", "archive_mode=off"});
        }
        if (node.settings.citus.enable) {
            // Citus connects to its own node for some commands, and there is no TCP yet.
            const auto sockets = render::socket_directories(*stack);
            if (!sockets.empty()) {
                words.insert(words.end(),
                             {"-c", fmt::format("citus.local_hostname={}", sockets.front())});
            }
        }
    }
    return words;
}

Result<std::string> effective_setting(Node& node, std::string_view name) {
    CITUS_INIT_TRY(read_stack(node));
    return node.stack->effective(name);
}

}  // namespace citus_init::node
