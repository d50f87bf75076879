#include "supervisor/standalone/bootstrap.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/version.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/single_user.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/initdb.h"
#include "citus_init/postgres/postmaster_options.h"

namespace citus_init::supervisor {

namespace {

using postgres::lifecycle::Step;

// A script may stop the server and start it with nothing but PGDATA/postgresql.conf. First in the
// file, so that whatever a script writes counts.
constexpr std::string_view kBootstrapPreload =
    "shared_preload_libraries = 'citus'  # by citus-init, until the init files have run\n";
constexpr mode_t kOwnerOnly = 0600;

Status add_bootstrap_preload(const node::Node& node) {
    const std::string path = node.data_directory + "/postgresql.conf";
    const auto present = RealFilesystem().read(path);
    if (!node.settings.citus.enable || !node.plan.init_scripts || !present) {
        return {};
    }
    return replace_file(path, std::string(kBootstrapPreload) + *present, kOwnerOnly);
}

Status remove_bootstrap_preload(const node::Node& node) {
    const std::string path = node.data_directory + "/postgresql.conf";
    auto text = RealFilesystem().read(path);
    const auto at = text ? text->find(kBootstrapPreload) : std::string::npos;
    if (at == std::string::npos) {
        return {};
    }
    return replace_file(path, text->erase(at, kBootstrapPreload.size()), kOwnerOnly);
}

std::optional<std::uint64_t> system_identifier_of(const std::string& data_directory) {
    const auto control = postgres::read_control_file(RealFilesystem(), data_directory);
    return control ? std::optional(control->system_identifier) : std::nullopt;
}

Status write_phase(const node::Node& node, postgres::BootstrapPhase phase,
                   std::optional<std::uint64_t> system_identifier) {
    postgres::BootstrapMarker marker;
    marker.phase = phase;
    marker.program_version = version();
    marker.postgres_major = node.postgres_major;
    marker.wal_directory = node.settings.postgres.initdb_waldir;
    marker.created = utc_now();
    marker.system_identifier = system_identifier;
    return postgres::write_bootstrap_marker(node.data_directory, marker);
}

Status add_host_auth(node::Node& node) {
    const auto& method = node.settings.postgres.host_auth_method;
    if (!method.empty()) {
        return postgres::append_host_auth(node.data_directory, method);
    }
    auto encryption = node::effective_setting(node, "password_encryption");
    if (!encryption) {
        return fail(encryption.error());
    }
    return postgres::append_host_auth(node.data_directory, *encryption);
}

// What prepare-node would have reported.
void remember_citus(node::Node& node) {
    status::NodeReport report;
    report.extension_version = node.citus.default_version.text();
    report.database = node.settings.citus.database;
    remember_node(node, report);
}

// Workers call functions of their coordinator, which are there before it listens.
bool needs_server(const node::Node& node) {
    const auto& citus = node.settings.citus;
    return citus.enable && citus.role == settings::Role::coordinator && citus.may_have_workers();
}

// The databases and the extension, for which no server is needed otherwise. None: it is.
std::optional<std::vector<node::SingleUserSession>> sessions_instead_of_server(
    const node::Node& node) {
    if (node.plan.init_scripts || needs_server(node)) {
        return std::nullopt;
    }
    return node::single_user_sessions(node.settings, node.postgres_major, false);
}

Status adopt_initdb(node::Node& node, postgres::lifecycle::ChildExited& event) {
    const auto made = fmt::format("{}/{}", node.data_directory, postgres::kInitdbDirectoryName);
    const auto copy_mark = fmt::format("{}/{}", made, postgres::kCopyMarkName);
    node.is_template_copy = RealFilesystem().exists(copy_mark);
    CITUS_INIT_TRY(remove_file(copy_mark));
    CITUS_INIT_TRY(
        write_phase(node, postgres::BootstrapPhase::prepare, system_identifier_of(made)));
    CITUS_INIT_TRY(postgres::adopt_initdb(node.data_directory));
    CITUS_INIT_TRY(add_bootstrap_preload(node));
    node.stack_is_current = false;
    CITUS_INIT_TRY(add_host_auth(node));
    const auto sessions = node.is_template_copy ? std::nullopt : sessions_instead_of_server(node);
    event.needs_session = node.is_template_copy || (sessions && !sessions->empty());
    event.is_prepared = node.is_template_copy ? !needs_server(node) : sessions.has_value();
    if ((node.is_template_copy || sessions) && node.settings.citus.enable) {
        remember_citus(node);
    }
    return {};
}

}  // namespace

void take_new_cluster(node::Node& node, postgres::lifecycle::ChildExited& event) {
    if (const Status adopted = adopt_initdb(node, event); !adopted) {
        event.shell_code = static_cast<int>(adopted.error().code);
        event.why = adopted.error().message;
    }
}

void note_restart_options(node::Node& node) {
    // Half of a file that is being written may be wrong; the rest of it is another event.
    if (const auto read = node::effective_setting(node, "shared_preload_libraries"); !read) {
        log::debug("{}", read.error().message);
        return;
    }
    const auto options =
        postgres::postmaster_options(node::server_command_line(node, node::ServerKind::bootstrap));
    const std::string path = node.data_directory + "/postmaster.opts";
    const auto present = RealFilesystem().read(path);
    if (!options || !present || *present == *options) {
        return;
    }
    if (Status written = replace_file(path, *options, kOwnerOnly); !written) {
        log::warning("{}: a restart by an init script loads the libraries of before",
                     written.error().message);
    }
}

namespace {

Status finish_files(node::Node& node) {
    CITUS_INIT_TRY(remove_bootstrap_preload(node));
    node.marker.validation_fingerprint = node.fingerprint;
    node.marker.postgres_major = node.postgres_major;
    node.marker.preset = node::preset_name(node.settings);
    CITUS_INIT_TRY(
        postgres::write_node_marker(node.data_directory, node.marker, Durability::left_to_caller));
    node.marker_on_disk = node.marker;
    return {};
}

}  // namespace

Status advance_bootstrap(node::Node& node, Step step) {
    if (step == Step::initdb) {
        return write_phase(node, postgres::BootstrapPhase::initdb, 0);
    }
    return step == Step::init_scripts ? write_phase(node, postgres::BootstrapPhase::init_scripts,
                                                    system_identifier_of(node.data_directory))
                                      : finish_files(node);
}

Status complete_bootstrap(const node::Node& node) {
    return postgres::remove_bootstrap_marker(node.data_directory);
}

Status discard_bootstrap(const node::Node& node) {
    // One that is cut off goes on at the next start, whatever was done before.
    const Status noted = write_phase(node, postgres::BootstrapPhase::prepare,
                                     system_identifier_of(node.data_directory));
    if (!noted) {
        log::debug("{}", noted.error().message);
    }
    return postgres::discard_bootstrap(node.data_directory, node.settings.postgres.initdb_waldir,
                                       node.postgres_major);
}

void remember_node(node::Node& node, const status::NodeReport& report) {
    postgres::NodeMarker& marker = node.marker;
    marker.citus = !report.extension_version.empty();
    marker.role = node.role_name();
    marker.extension_version = report.extension_version;
    marker.library_version = node.citus.default_version.text();
    marker.node = node.node_name;
    marker.cluster_id = report.server_id;
    marker.database = report.database;
    marker.has_login_role = report.has_login_role;
    marker.superuser = node.settings.postgres.user;
}

void write_marker(node::Node& node) {
    if (node.marker == node.marker_on_disk) {
        return;
    }
    if (Status written = postgres::write_node_marker(node.data_directory, node.marker); !written) {
        log::warning("{}", written.error().message);
        return;
    }
    node.marker_on_disk = node.marker;
}

void remember_place(node::Node& node, const status::PlaceReport& report) {
    node.marker.is_member = report.is_member;
    if (report.state == citus::PlaceState::confirmed) {
        node.marker.confirmed_address = report.address ? report.address->text() : "";
        node.marker.directory_id =
            report.is_member ? postgres::directory_id(node.data_directory) : 0;
    }
}

void remember_archiving(node::Node& node, const status::ArchivingReport& report) {
    // A worker that was removed keeps its stanza until it joins as another group.
    if (report.group) {
        node.marker.group_id = report.group;
    }
    if (!report.made.empty()) {
        node.marker.stanza = report.made;
    }
}

void note_good_start(node::Node& node) {
    node.marker.postgres_major = node.postgres_major;
    node.marker.validation_fingerprint = node.fingerprint;
    write_marker(node);
}

}  // namespace citus_init::supervisor
