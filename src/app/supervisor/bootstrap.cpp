#include "app/supervisor/bootstrap.h"

#include "citus_init/base/clock.h"
#include "citus_init/base/log.h"
#include "citus_init/base/version.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/initdb.h"

#include "app/agent/agent_protocol.h"
#include "app/supervisor/configuration.h"

namespace citus_init::app {

namespace {

using postgres::lifecycle::Step;

postgres::BootstrapPhase phase_of_step(Step step) {
    if (step == Step::init_scripts) {
        return postgres::BootstrapPhase::init_scripts;
    }
    return step == Step::initdb ? postgres::BootstrapPhase::initdb
                                : postgres::BootstrapPhase::prepare;
}

}  // namespace

Status note_bootstrap_phase(const Node& node, Step step) {
    postgres::BootstrapMarker marker;
    marker.phase = phase_of_step(step);
    marker.program_version = version();
    marker.postgres_major = node.postgres_major;
    marker.wal_directory = node.settings.postgres.initdb_waldir;
    marker.created = utc_now();
    return postgres::write_bootstrap_marker(node.data_directory, marker);
}

Status adopt_initdb(Node& node) {
    CITUS_INIT_TRY(postgres::adopt_initdb(node.data_directory));
    node.stack_is_current = false;
    const auto& method = node.settings.postgres.host_auth_method;
    if (!method.empty()) {
        return postgres::append_host_auth(node.data_directory, method);
    }
    auto encryption = effective_setting(node, "password_encryption");
    if (!encryption) {
        return fail(encryption.error());
    }
    return postgres::append_host_auth(node.data_directory, *encryption);
}

Status complete_bootstrap(Node& node) {
    node.marker.validation_fingerprint = node.fingerprint;
    node.marker.postgres_major = node.postgres_major;
    CITUS_INIT_TRY(postgres::write_node_marker(node.data_directory, node.marker));
    node.marker_on_disk = node.marker;
    return postgres::remove_bootstrap_marker(node.data_directory);
}

Status discard_bootstrap(const Node& node) {
    return postgres::discard_bootstrap(node.data_directory, node.settings.postgres.initdb_waldir);
}

void remember_node(Node& node, const std::string& json) {
    const auto report = node_report_from_json(json);
    if (!report) {
        return;
    }
    postgres::NodeMarker& marker = node.marker;
    marker.citus = !report->extension_version.empty();
    marker.role = node.role_word();
    marker.extension_version = report->extension_version;
    marker.library_version = node.citus.default_version.text();
    marker.node = node.node_name;
    marker.cluster_id = report->server_id;
    marker.database = report->database;
    marker.has_login_role = report->has_login_role;
    marker.superuser = node.settings.postgres.user;
}

void write_marker(Node& node) {
    if (node.marker == node.marker_on_disk) {
        return;
    }
    if (Status written = postgres::write_node_marker(node.data_directory, node.marker); !written) {
        log::warning("{}", written.error().message);
        return;
    }
    node.marker_on_disk = node.marker;
}

void remember_place(Node& node, const PlaceReport& report) {
    node.marker.is_member = report.is_member;
    if (report.state == citus::PlaceState::confirmed) {
        node.marker.confirmed_address = report.address;
        node.marker.directory_id =
            report.is_member ? postgres::directory_id(node.data_directory) : 0;
    }
}

void note_good_start(Node& node) {
    node.marker.postgres_major = node.postgres_major;
    node.marker.validation_fingerprint = node.fingerprint;
    write_marker(node);
}

}  // namespace citus_init::app
