#include "supervisor/standalone/start_node.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/place.h"
#include "citus_init/node/preparation.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/restoring.h"
#include "citus_init/node/slot.h"
#include "citus_init/postgres/creation_record.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/initdb.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/postgres/upgrade_record.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/nss_wrapper.h"
#include "citus_init/render/postgresql_conf.h"
#include "citus_init/settings/new_cluster.h"

#include "supervisor/console.h"
#include "supervisor/lock_files.h"
#include "supervisor/standalone/bootstrap.h"

namespace citus_init::supervisor {

namespace {

Status make_wal_directory(const node::Node& node, uid_t owner) {
    const std::string& path = node.settings.postgres.initdb_waldir;
    return path.empty() ? Status() : postgres::make_wal_directory(path, node.data_directory, owner);
}

void warn_of_left_alone(const postgres::OwnershipWalk& walk) {
    if (walk.left_alone > 0) {
        log::warning(
            "\"{}\"{} kept its owner: a device node, or a file with another name (hard link) "
            "outside of the directory. If the server needs it, put a copy in its place.",
            walk.first_left_alone,
            walk.left_alone == 1 ? "" : fmt::format(" and {} more", walk.left_alone - 1));
    }
}

Status lock(node::Node& node) {
    if (node.lock.descriptor) {
        return {};  // a slot is locked by being taken
    }
    auto locked = postgres::lock_data_directory(node.data_directory);
    if (!locked) {
        return fail(locked.error());
    }
    if (locked->not_locked) {
        log::warning("{}: two containers on this data directory would not be noticed",
                     *locked->not_locked);
    }
    node.lock = std::move(*locked);
    return {};
}

// As root: gives the server's user what has to be its own, then becomes that user. Without
// CAP_DAC_OVERRIDE root cannot enter a directory that is closed to it; what is below is the user's.
Status give_and_step_down(node::Node& node, bool is_closed_to_root) {
    auto user = node::server_user();
    if (!user) {
        return fail(user.error());
    }
    // Before another container's files get another owner: what root cannot enter keeps its own.
    if (::access(node.data_directory.c_str(), R_OK | X_OK) == 0) {
        CITUS_INIT_TRY(lock(node));
    }
    for (const std::string& path : {node.data_directory, std::string(node::kSocketDirectory)}) {
        if (is_closed_to_root && path == node.data_directory) {
            continue;
        }
        const auto walk = postgres::take_ownership(path, user->uid);
        if (!walk) {
            return fail(walk.error());
        }
        warn_of_left_alone(*walk);
    }
    CITUS_INIT_TRY(make_wal_directory(node, user->uid));
    return node::step_down(node, *user);
}

// initdb wants a directory that is its user's, and a name for that user. Asked before anything is
// made.
Status check_user(const node::Node& node) {
    CITUS_INIT_TRY(postgres::check_owner(node.data_directory));
    const auto user = process::current_user();
    if (!user) {
        return fail(user.error());
    }
    const auto wrapper = process::nss_wrapper_environment(*user, node.data_directory);
    return wrapper ? Status() : Status(fail(wrapper.error()));
}

void warn_of_trust(const node::Node& node) {
    if (node.settings.postgres.host_auth_method == "trust") {
        log::warning(
            "POSTGRES_HOST_AUTH_METHOD is \"trust\": anybody who reaches the port is "
            "superuser without a password. Not for production.");
    }
}

Status check_marker(node::Node& node) {
    auto marker = postgres::read_node_marker(RealFilesystem(), node.data_directory);
    if (!marker) {
        return fail(marker.error());
    }
    node.place = node::initial_place(node.settings, *marker);
    CITUS_INIT_TRY(postgres::check_preset(marker->value_or(postgres::NodeMarker()).preset,
                                          node::preset_name(node.settings), node.data_directory));
    if (!*marker) {
        return {};
    }
    node.marker = **marker;
    node.marker_on_disk = **marker;
    return postgres::check_node_marker(node.marker,
                                       {.citus_enable = node.settings.citus.enable,
                                        .allow_disable = node.settings.citus.allow_disable,
                                        .role = node.role_name(),
                                        .library_version = node.citus.default_version.text(),
                                        .allow_recreate = node.settings.citus.allow_recreate,
                                        .database = node.settings.citus.database,
                                        .superuser = node.settings.postgres.user},
                                       node.data_directory);
}

// Only the WAL directory that the marker names is known to hold nothing but this bootstrap's WAL:
// the setting may have been changed to one that belongs to a whole cluster.
Status discard_incomplete(const node::Node& node, const postgres::IncompleteCluster& incomplete) {
    log::warning("\"{}\" holds a bootstrap that did not come to its end: made anew",
                 node.data_directory);
    const auto marker = incomplete.marker.value_or(postgres::BootstrapMarker());
    return postgres::discard_bootstrap(node.data_directory, marker.wal_directory,
                                       marker.postgres_major);
}

Status check_place_for_a_cluster(const node::Node& node) {
    constexpr std::uint64_t kRoomForACluster = 64ULL << 20U;  // initdb's 39 MB and some WAL
    constexpr std::uint64_t kFilesOfACluster = 1'500;         // initdb's 1,000, the database's own
    CITUS_INIT_TRY(postgres::check_room(node.data_directory, kRoomForACluster, kFilesOfACluster));
    const std::string& wal_directory = node.settings.postgres.initdb_waldir;
    return wal_directory.empty() ? Status() : postgres::check_wal_directory_is_empty(wal_directory);
}

// CITUS_RESTORE; only where there is no cluster.
bool is_to_be_restored(const node::Node& node) {
    return node.settings.backup && !node.settings.backup->restore.point.empty();
}

// What a pg_upgrade by hand, or one of ours, has left to do.
enum class Leftovers { to_be_finished, finished };

// In the place of an image of before 18. Two of them are for an operator to choose from.
bool finds_older_cluster(const node::Node& node) {
    return postgres::older_clusters(RealFilesystem(), node.data_directory, node.postgres_major)
               .size() == 1;
}

// The password and the like are the saved cluster's in a restore.
Status check_new_cluster(const node::Node& node) {
    const auto problems = is_to_be_restored(node) ? std::vector<settings::Problem>()
                                                  : settings::check_new_cluster(node.settings);
    if (!problems.empty()) {
        return fail(node::as_error(problems));
    }
    CITUS_INIT_TRY(check_user(node));
    return check_socket_directories(node);
}

Status plan_initdb(node::Node& node) {
    const auto scripts = postgres::has_init_files(RealFilesystem(), postgres::kInitFilesDirectory);
    if (!scripts) {
        return fail(scripts.error());
    }
    warn_of_trust(node);
    node.plan.bootstrap = true;
    node.plan.init_scripts = *scripts;
    node.bootstrapped = true;
    return {};
}

// Where there is no cluster yet: initdb, a restore, or an upgrade from another place.
Status plan_bootstrap(node::Node& node, const postgres::DataDirectoryContent& content) {
    const RealFilesystem files;
    CITUS_INIT_TRY(postgres::check_initdb_arguments(node.settings.postgres.initdb_args));
    const auto* incomplete = std::get_if<postgres::IncompleteCluster>(&content);
    if (node.settings.pg_upgrade.enable && finds_older_cluster(node)) {
        node.plan.upgrade = true;
        return incomplete == nullptr ? Status() : discard_incomplete(node, *incomplete);
    }
    CITUS_INIT_TRY(postgres::check_older_layouts(files, node.data_directory, node.postgres_major,
                                                 files.read("/proc/self/mountinfo").value_or("")));
    CITUS_INIT_TRY(check_new_cluster(node));
    if (incomplete != nullptr) {
        CITUS_INIT_TRY(discard_incomplete(node, *incomplete));
    }
    CITUS_INIT_TRY(check_place_for_a_cluster(node));
    node.plan.restore = is_to_be_restored(node);
    return node.plan.restore ? Status() : plan_initdb(node);
}

void warn_of_overrides(const node::Node& node) {
    const std::string names = render::overrides_held_back(*node.stack);
    if (!node::is_held_back(node) || names.empty()) {
        return;
    }
    log::warning(
        "{}: set by ALTER SYSTEM or on the command line, so Citus' maintenance is not held back "
        "until this node's place in the cluster is confirmed. Use CITUS_GUC_* instead",
        names);
}

// A directory that is not the server's own yet. The marker is of before, and counts before anything
// is changed. The rest is planned once the upgrade is done.
Status plan_upgrade(node::Node& node) {
    CITUS_INIT_TRY(check_socket_directories(node));
    CITUS_INIT_TRY(check_marker(node));
    node.plan.upgrade = true;
    return {};
}

bool has_leftovers(const node::Node& node) {
    // Without a marker it is of no major version.
    const bool by_hand =
        postgres::may_come_from_pg_upgrade(node.marker_on_disk, node.postgres_major);
    const bool is_prepared = postgres::has_prepared_mark(RealFilesystem(), node.data_directory);
    const bool has_kept = RealFilesystem().exists(
        fmt::format("{}/{}", node.data_directory, postgres::kKeptDirectoryName));
    return (node.settings.citus.enable && (by_hand || is_prepared)) ||
           (has_kept && node.settings.pg_upgrade.clean);
}

// Of a cluster with others: closed until all of them are restored.
Status go_on_with_restore(node::Node& node) {
    auto record = postgres::read_restore_record(RealFilesystem(), node.data_directory);
    if (!record) {
        return fail(record.error());
    }
    if (*record && (*record)->phase == postgres::RestorePhase::restored) {
        return postgres::remove_restore_record(node.data_directory);
    }
    node.restore = std::move(*record);
    if (node.restore && node.restore->waits_for_cluster()) {
        node.place = {false, false, false, node::restoring_condition(node, "")};
    }
    return {};
}

Status plan_existing(node::Node& node) {
    report_existing_cluster();
    CITUS_INIT_TRY(check_socket_directories(node));
    CITUS_INIT_TRY(postgres::check_wal_is_there(node.data_directory));
    CITUS_INIT_TRY(check_marker(node));
    if (node.settings.backup) {
        node.stack_is_current = false;  // whether WAL is archived depends on the node's place
    }
    return go_on_with_restore(node);
}

Status make_plan(node::Node& node, Leftovers leftovers) {
    CITUS_INIT_TRY(postgres::check_creation_without_patroni(node.data_directory));
    auto content = postgres::inspect_data_directory(RealFilesystem(), node.data_directory);
    if (!content) {
        return fail(content.error());
    }
    const auto action =
        postgres::decide_start(*content, node.data_directory,
                               {node.postgres_major, node.settings.supervisor.bootstrap_redo,
                                node.settings.pg_upgrade.enable});
    if (!action) {
        return fail(action.error());
    }
    switch (*action) {
        case postgres::StartAction::initialise:
        case postgres::StartAction::redo_bootstrap:
            CITUS_INIT_TRY(plan_bootstrap(node, *content));
            break;
        case postgres::StartAction::upgrade:
        case postgres::StartAction::abandon_upgrade:
            return plan_upgrade(node);
        case postgres::StartAction::restore:
            node.plan.restore = true;
            return check_socket_directories(node);
        case postgres::StartAction::start_existing:
            CITUS_INIT_TRY(plan_existing(node));
            // One that is being restored is no whole cluster yet.
            node.plan.upgrade =
                leftovers == Leftovers::to_be_finished && !node.restore && has_leftovers(node);
            break;
    }
    if (node.plan.upgrade || node.plan.restore) {
        return {};
    }
    CITUS_INIT_TRY(node::plan_configuration(node));
    warn_of_overrides(node);
    return {};
}

// Without a cluster in the data directory, or with the files of two: no new one is to be made.
bool is_made_otherwise(const node::Node& node) {
    const RealFilesystem files;
    const auto has_record = [&](std::string_view name) {
        return files.exists(fmt::format("{}/{}", node.data_directory, name));
    };
    return has_record(postgres::kUpgradeRecordName) || has_record(postgres::kRestoreRecordName) ||
           is_to_be_restored(node) ||
           (node.settings.pg_upgrade.enable && finds_older_cluster(node));
}

bool holds_cluster(const std::string& data_directory) {
    struct stat info {};
    return ::lstat((data_directory + "/PG_VERSION").c_str(), &info) == 0;
}

// The user's files may include any other, so they are read with the server's rights. A cluster may
// be root's yet, restored by it: its files are read once they are the server's.
Status check_configuration_and_make_directories(node::Node& node) {
    const bool is_cluster = holds_cluster(node.data_directory);
    if (!is_cluster) {
        const auto check_new_cluster = [&] {
            return is_made_otherwise(node) ? std::vector<settings::Problem>()
                                           : settings::check_new_cluster(node.settings);
        };
        CITUS_INIT_TRY(node::with_server_file_rights(
            [&] { return node::check_configuration(node, check_new_cluster); }));
    }
    CITUS_INIT_TRY(make_and_lock_directories(node));
    return is_cluster ? node::check_configuration(node) : Status();
}

}  // namespace

Result<node::Node> start_node(node::Node node, const std::vector<std::string>& server_arguments) {
    if (node.settings.supervisor.data_slots) {
        CITUS_INIT_TRY(node::take_slot(node));
    }
    CITUS_INIT_TRY(node::take_arguments(node, server_arguments));
    CITUS_INIT_TRY(node::find_server(node));
    CITUS_INIT_TRY(check_configuration_and_make_directories(node));
    wait_out_empty_lock_files(node);
    CITUS_INIT_TRY(make_plan(node, Leftovers::to_be_finished));
    return node;
}

Status make_and_lock_directories(node::Node& node) {
    const bool is_root = ::geteuid() == 0;
    Status made = postgres::make_data_directory(node.data_directory);
    const bool is_closed = is_root && !made &&
                           ::access(node.data_directory.c_str(), R_OK | X_OK) != 0 &&
                           errno == EACCES;
    if (!made && !is_closed) {
        return made;
    }
    CITUS_INIT_TRY(postgres::refuse_foreign_content(RealFilesystem(), node.data_directory));
    const std::string why = postgres::make_socket_directory(node::kSocketDirectory);
    if (!why.empty()) {
        log::debug("{}", why);
    }
    if (is_root) {
        CITUS_INIT_TRY(give_and_step_down(node, is_closed));
    } else {
        CITUS_INIT_TRY(make_wal_directory(node, ::geteuid()));
        node::close_to_server(node);
    }
    if (is_closed) {
        CITUS_INIT_TRY(postgres::make_data_directory(node.data_directory));
    }
    postgres::fix_data_directory_mode(node.data_directory);
    return lock(node);
}

Status plan_again(node::Node& node) {
    node.plan = {};
    node.restore.reset();
    node.marker = {};
    node.marker_on_disk = {};
    postgres::fix_data_directory_mode(node.data_directory);
    CITUS_INIT_TRY(node::check_configuration(node));
    return make_plan(node, Leftovers::finished);
}

}  // namespace citus_init::supervisor
