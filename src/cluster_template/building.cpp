#include "cluster_template/building.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/version.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/node/server_version.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/initdb.h"
#include "citus_init/private_server/private_server.h"
#include "citus_init/private_server/run_program.h"
#include "citus_init/private_server/socket_directory.h"
#include "citus_init/process/exit_status.h"
#include "citus_init/process/spawn.h"
#include "citus_init/security/certificate.h"

#include "cluster_template/identity.h"
#include "cluster_template/manifest.h"
#include "cluster_template/store.h"

namespace citus_init::cluster_template {

namespace {

// The state of one run.
struct Building {
    const settings::Settings& settings;
    const Programs& programs;
    std::string scratch;
    std::unique_ptr<citus::Connector> connector;
    private_server::SocketDirectory sockets;

    std::string log_path() const { return scratch + "/log"; }
    std::string initial() const {
        return fmt::format("{}/initial/{}", scratch, postgres::kInitdbDirectoryName);
    }
    std::string cluster(Variant variant) const {
        return fmt::format("{}/{}", scratch, variant_name(variant));
    }
};

Status run_initdb(const Building& building) {
    CITUS_INIT_TRY(make_private_directory(building.scratch + "/initial"));
    auto launch =
        postgres::initdb_launch({.bin_directory = building.programs.bin_directory,
                                 .major = building.programs.major,
                                 .data_directory = building.scratch + "/initial",
                                 .user = kTemplateSuperuser,
                                 .password = Secret(),
                                 .arguments = building.settings.postgres.initdb_args + " --no-sync",
                                 .wal_directory = "",
                                 .environment = process::own_environment()});
    if (!launch) {
        return fail(launch.error());
    }
    const Fd log(
        ::open(building.log_path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", building.log_path()), errno));
    }
    launch->command.descriptors.emplace_back(log.get(), STDOUT_FILENO);
    launch->command.descriptors.emplace_back(log.get(), STDERR_FILENO);
    const auto pid = process::spawn(launch->command);
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    constexpr std::size_t kLines = 15;
    const auto end = process::wait_for_end(*pid);
    return end.success()
               ? Status()
               : Status(fail(ExitCode::config,
                             fmt::format("initdb failed with {}:\n{}", end.text(),
                                         private_server::last_lines(building.log_path(), kLines))));
}

Status copy_initial(const Building& building, Variant variant) {
    return private_server::run_program({"cp", "-a", building.initial(), building.cluster(variant)},
                                       building.log_path(), "cp");
}

// Its only WAL is then the record of a clean shutdown.
Status reset_wal(const Building& building, Variant variant) {
    std::vector<std::string> command{building.programs.bin_directory + "/pg_resetwal", "-D",
                                     building.cluster(variant)};
    // No server has run on it: in single-user mode a database would go on with initdb's numbers,
    // which are those of the system's objects (FirstNormalObjectId of access/transam.h).
    if (variant == Variant::plain) {
        command.emplace_back("--next-oid=16384");
    }
    CITUS_INIT_TRY(private_server::run_program(command, building.log_path(), "pg_resetwal"));
    return set_identity(building.cluster(variant), {});
}

// By the code that prepares a node's database in a first start.
Status create_citus(const Building& building, const citus::ConnectionTarget& target) {
    citus::NodeSpec spec;
    spec.is_coordinator = false;  // no row of this node
    spec.database = target.database;
    const auto made = citus::prepare_node(*building.connector, target, spec);
    return made ? Status() : Status(fail(made.error()));
}

Result<std::string> describe(const Building& building, const citus::ConnectionTarget& target) {
    const auto session = building.connector->connect(target);
    const auto facts = session
                           ? (*session)->query(
                                 "SELECT concat_ws(', ', pg_encoding_to_char(encoding), "
                                 "'collation ' || datcollate || coalesce(' ' || "
                                 "(to_jsonb(pg_database)->>'datcollversion'), ''), "
                                 "'checksums ' || current_setting('data_checksums')) "
                                 "FROM pg_catalog.pg_database WHERE datname = current_database()")
                           : citus::SqlResult<citus::Rows>(tl::unexpected(session.error()));
    if (!facts) {
        return fail(citus::sql_failure("cannot examine the template", facts.error()));
    }
    return facts->at(0, 0);
}

// Returns the description.
Result<std::string> add_citus(const Building& building, Variant variant) {
    const bool with_citus = !building.programs.citus.library_path.empty();
    private_server::ClusterPlace place{building.programs.major, building.programs.bin_directory,
                                       building.cluster(variant), with_citus ? "citus" : ""};
    if (with_citus) {
        // Without TLS CREATE EXTENSION would make a key and switch it on by ALTER SYSTEM.
        const std::string certificate = building.scratch + "/server.crt";
        const std::string key = building.scratch + "/server.key";
        CITUS_INIT_TRY(security::ensure_self_signed_certificate({certificate, key}, "template"));
        place.settings = {{"ssl", "on"}, {"ssl_cert_file", certificate}, {"ssl_key_file", key}};
    }
    const auto socket = building.sockets.socket();
    auto server = private_server::PrivateServer::start(place, socket, building.log_path());
    if (!server) {
        return fail(server.error());
    }
    auto target = private_server::target_of(socket, kTemplateSuperuser);
    target.database = variant == Variant::other ? kOtherDatabase : "postgres";
    if (variant != Variant::plain) {
        CITUS_INIT_TRY(create_citus(building, target));
    }
    auto text = describe(building, target);
    CITUS_INIT_TRY(server->stop());
    return text;
}

Status build_variants(const Building& building, Manifest& manifest) {
    TemplateWriter writer(building.scratch + "/template");
    std::vector<Variant> variants{Variant::plain};
    if (!building.programs.citus.library_path.empty()) {
        variants.insert(variants.end(), {Variant::postgres, Variant::other});
    }
    // The plain one is what initdb has left: no server has run on it.
    for (const Variant variant : variants) {
        CITUS_INIT_TRY(copy_initial(building, variant));
        if (variant != Variant::plain) {
            auto text = add_citus(building, variant);
            if (!text) {
                return fail(text.error());
            }
            manifest.cluster = std::move(*text);
        }
        CITUS_INIT_TRY(reset_wal(building, variant));
        CITUS_INIT_TRY(writer.add(manifest, variant, building.cluster(variant)));
    }
    if (manifest.cluster.empty()) {
        auto text = add_citus(building, Variant::plain);
        if (!text) {
            return fail(text.error());
        }
        manifest.cluster = std::move(*text);
    }
    return writer.finish(manifest);
}

}  // namespace

Status build_template(const settings::Settings& settings, const Programs& programs,
                      const Origin& origin, const std::string& scratch) {
    auto connector = libpq::load_connector();
    if (!connector) {
        return fail(connector.error());
    }
    auto sockets = private_server::SocketDirectory::make(scratch);
    if (!sockets) {
        return fail(sockets.error());
    }
    const Building building{settings, programs, scratch, std::move(*connector),
                            std::move(*sockets)};
    const auto version = node::server_version_text(programs.bin_directory);
    if (!version) {
        return fail(version.error());
    }
    Manifest manifest;
    manifest.program_version = citus_init::version();
    manifest.postgres_version = *version;
    manifest.citus_version =
        programs.citus.library_path.empty() ? "" : programs.citus.default_version.text();
    manifest.created = utc_now();
    manifest.origin = origin;
    CITUS_INIT_TRY(run_initdb(building));
    return build_variants(building, manifest);
}

}  // namespace citus_init::cluster_template
