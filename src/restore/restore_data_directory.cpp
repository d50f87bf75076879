#include "citus_init/restore/restore_data_directory.h"

#include <fmt/core.h>

#include "citus_init/backup/client/runner_of.h"
#include "citus_init/backup/configuration.h"
#include "citus_init/backup/repository.h"
#include "citus_init/base/clock.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/mesh.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/own_node.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/render/own_files.h"
#include "citus_init/restore/chosen_point.h"

#include "restore/restore_plan.h"
#include "restore/restored_files.h"

namespace citus_init::restore {

namespace {

using postgres::RestorePhase;
using postgres::RestoreRecord;

constexpr std::uint64_t kFilesOfACluster = 1'500;

// Under the name that the saved cluster has in the repository. What is restored in its place, or as
// a node of a cluster that lives, has its own: it may have been a copy once.
settings::BackupSettings source_of(const settings::BackupSettings& own,
                                   const std::optional<RestoreRecord>& begun) {
    settings::BackupSettings source = own;
    const bool is_own = begun && (begun->is_ordered || begun->to_end_of_wal);
    if (!own.restore.from.empty() && !is_own) {
        source.name = own.restore.from;
    }
    return source;
}

// The server writes it anew with its stanza.
Status write_pgbackrest_conf(const settings::Settings& settings) {
    constexpr mode_t kOwnerOnly = 0600;
    const auto own = render::own_files(settings);
    CITUS_INIT_TRY(make_private_directory(own.secrets_directory));
    if (settings.backup->has_host()) {
        const auto made = node::ensure_backup_certificate(settings, node::BackupPeer::node, false);
        if (!made) {
            return fail(made.error());
        }
    }
    return write_file_atomically(
        own.pgbackrest_conf,
        backup::render_configuration(*settings.backup, {}, node::local_backup_files(settings),
                                     std::nullopt)
            .reveal(),
        kOwnerOnly);
}

Result<RestoredNode> restored_node(node::Node& node, const std::optional<RestoreRecord>& begun) {
    constexpr long long kLargestPort = 65535;
    constexpr std::uint16_t kUsualPort = 5432;
    const auto& citus = node.settings.citus;
    RestoredNode restored;
    restored.has_citus = citus.enable;
    restored.is_worker = citus.enable && citus.role == settings::Role::worker;
    restored.group = begun ? std::optional(begun->group) : node.settings.backup->restore.group;
    restored.postgres_major = node.postgres_major;
    restored.citus_version = node.citus.default_version.text();
    if (restored.is_worker && !restored.group) {
        const auto port = node::effective_setting(node, "port");
        if (!port) {
            return fail(port.error());
        }
        restored.address = {node::announced_host(citus),
                            citus.node_port.value_or(static_cast<std::uint16_t>(
                                parse_integer(*port, 1, kLargestPort).value_or(kUsualPort)))};
    }
    return restored;
}

// `point`: its name, or kLatestPoint.
Result<RestoreRecord> plan(node::Node& node, backup::Runner& runner, const std::string& point,
                           const std::optional<RestoreRecord>& begun) {
    const auto restored = restored_node(node, begun);
    if (!restored) {
        return fail(restored.error());
    }
    backup::Repository repository(runner, source_of(*node.settings.backup, begun),
                                  render::own_files(node.settings).pgbackrest_conf);
    const auto chosen = choose_point(repository, point, "CITUS_RESTORE");
    if (!chosen) {
        return fail(chosen.error());
    }
    auto record = plan_restore(*chosen, *restored);
    if (!record) {
        return fail(record.error());
    }
    if (!begun) {
        CITUS_INIT_TRY(postgres::check_room(node.data_directory, restored_bytes(*chosen, *record),
                                            kFilesOfACluster));
    } else {
        record->is_ordered = begun->is_ordered;
        record->to_end_of_wal = begun->to_end_of_wal;
    }
    record->created = utc_now();
    log::info("restoring group {} of the cluster to {}", record->group,
              record->to_end_of_wal ? std::string("the end of its WAL")
                                    : fmt::format("the restore point {} of {}", record->point,
                                                  utc_text(chosen->manifest.time)));
    return record;
}

class DataDirectoryRestore {
  public:
    DataDirectoryRestore(node::Node& node, backup::Runner& runner)
        : node_(node), runner_(runner), files_(runner, node.settings) {}

    [[nodiscard]] Status run(const std::optional<RestoreRecord>& begun) {
        if (begun && begun->phase == RestorePhase::moving) {
            record_ = *begun;
        } else {
            CITUS_INIT_TRY(make(begun));
        }
        CITUS_INIT_TRY(files_.move_into_place());
        return enter(RestorePhase::recovering);
    }

  private:
    [[nodiscard]] Status make(const std::optional<RestoreRecord>& begun) {
        CITUS_INIT_TRY(begin(begun));
        CITUS_INIT_TRY(files_.restore(record_));
        CITUS_INIT_TRY(files_.prepare());
        return enter(RestorePhase::moving);
    }

    // What an earlier attempt has begun holds, unless another point is wanted since: then all of it
    // is chosen anew, and pgBackRest takes over of the files what it can.
    [[nodiscard]] Status begin(const std::optional<RestoreRecord>& begun) {
        const std::string& wanted = node_.settings.backup->restore.point;
        const bool goes_on = begun && (begun->is_ordered || wanted.empty() ||
                                       wanted == settings::kLatestPoint || wanted == begun->point);
        std::string point = goes_on ? begun->point : wanted;
        if (begun && begun->to_end_of_wal) {
            point = settings::kLatestPoint;
        }
        auto planned = plan(node_, runner_, point, begun);
        if (!planned) {
            return fail(begun ? with_way_out(planned.error(), *begun) : planned.error());
        }
        if (begun && begun->phase == RestorePhase::replacing) {
            if (const Status aside = files_.set_aside(*begun); !aside) {
                return fail(with_way_out(aside.error(), *begun));
            }
        }
        record_ = std::move(*planned);
        return enter(RestorePhase::files);
    }

    [[nodiscard]] Error with_way_out(Error error, const RestoreRecord& begun) const {
        // The first entry that is moved away.
        const bool has_cluster = RealFilesystem().exists(node_.data_directory + "/PG_VERSION");
        if (begun.phase == RestorePhase::replacing && has_cluster) {
            error.message += fmt::format(
                " Nothing of the cluster that is there was changed yet: to give up restoring this "
                "node, remove \"{}/{}\".",
                node_.data_directory, postgres::kRestoreRecordName);
        } else if (begun.phase == RestorePhase::replacing) {
            error.message += fmt::format(
                " To give up restoring this node, move what is in \"{0}/{1}\" back to \"{0}\", "
                "PG_VERSION last, and remove \"{0}/{2}\".",
                node_.data_directory, postgres::kRestoreDirectoryName,
                postgres::kRestoreRecordName);
        } else if (begun.is_ordered && error.code == ExitCode::config) {
            error.message +=
                " Another point needs an empty data directory on every node, and CITUS_RESTORE.";
        }
        return error;
    }

    [[nodiscard]] Status enter(RestorePhase phase) {
        record_.phase = phase;
        return postgres::write_restore_record(node_.data_directory, record_);
    }

    node::Node& node_;
    backup::Runner& runner_;
    RestoredFiles files_;
    RestoreRecord record_;
};

Status run(const std::vector<std::string>& server_arguments) {
    auto node = node::own_node(server_arguments);
    if (!node) {
        return fail(node.error());
    }
    if (!node->settings.backup) {
        return fail(ExitCode::config,
                    fmt::format("data directory \"{}\" is being restored, and CITUS_BACKUP=none. "
                                "Set CITUS_BACKUP=pgbackrest and its repository as they were.",
                                node->data_directory));
    }
    CITUS_INIT_TRY(write_pgbackrest_conf(node->settings));
    const auto begun = postgres::read_restore_record(RealFilesystem(), node->data_directory);
    if (!begun) {
        return fail(begun.error());
    }
    const auto runner = backup::make_runner(*node->settings.backup,
                                            render::own_files(node->settings).pgbackrest_conf);
    return DataDirectoryRestore(*node, *runner).run(*begun);
}

}  // namespace

int run_restore_data_directory(const std::vector<std::string>& server_arguments) {
    const Status done = run(server_arguments);
    if (done) {
        return 0;
    }
    log::error("restore, exit {} ({}): {}", static_cast<int>(done.error().code),
               exit_code_name(done.error().code), done.error().message);
    return static_cast<int>(done.error().code);
}

}  // namespace citus_init::restore
