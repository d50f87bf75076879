#include "settings/backup_checks.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/duration.h"
#include "citus_init/base/path.h"
#include "citus_init/settings/standby_cluster.h"

#include "settings/combination_checker.h"
#include "settings/environment_source.h"
#include "settings/mesh_value.h"

namespace citus_init::settings {

namespace {

class BackupChecker : CombinationChecker {
  public:
    BackupChecker(const Settings& settings, Findings& findings)
        : CombinationChecker(findings), settings_(settings), backup_(*settings.backup) {}

    void check_all(const Environment& environment) {
        check_restore();
        check_repository();
        check_schedule();
        check_environment(environment);
    }

  private:
    void check_restore() {
        if (!settings_.patroni) {
            return;
        }
        const Etcd3Settings& etcd = settings_.patroni->etcd3;
        if (!backup_.restore.point.empty() && etcd.hosts.empty() && etcd.url.empty() &&
            are_known({"PATRONI_ETCD3_HOSTS", "PATRONI_ETCD3_HOST", "PATRONI_ETCD3_URL"})) {
            problem("CITUS_RESTORE", backup_.restore.point,
                    "needs etcd with CITUS_HA=patroni: a key there says which member of a group is "
                    "restored, and PATRONI_ETCD3_HOSTS names no server",
                    "Set PATRONI_ETCD3_HOSTS. With another store, restore one member of each group "
                    "without CITUS_HA: docs/backup.md, \"With another store than etcd\"");
        }
        if (!backup_.restore.point.empty() && has_standby_cluster(*settings_.patroni)) {
            problem("CITUS_RESTORE", backup_.restore.point,
                    "and patroni.bootstrap.dcs.standby_cluster in the YAML file contradict each "
                    "other: what is restored would follow that cluster, and lose what differs",
                    "Remove standby_cluster from the YAML file");
        }
        if (backup_.restore.group && *backup_.restore.group != settings_.patroni->group) {
            warning("CITUS_RESTORE_GROUP", std::to_string(*backup_.restore.group),
                    "has no effect with CITUS_HA=patroni: the group is PATRONI_CITUS_GROUP",
                    "Remove it");
        }
    }

    void check_repository() {
        if (!are_known({"CITUS_BACKUP_REPO"})) {
            return;
        }
        const BackupRepository& repository = backup_.repository;
        if (repository.kind == RepositoryKind::host) {
            check_host(repository);
        } else if (repository.path.empty()) {
            problem("CITUS_BACKUP_REPO", "", "is not set, and CITUS_BACKUP=pgbackrest needs it",
                    "Set it to posix:/PATH, a volume that outlives this container, to "
                    "s3://BUCKET/PREFIX?endpoint=HOST&region=NAME, or to "
                    "pgbackrest://HOST:PORT, a repository host");
        } else if (repository.kind == RepositoryKind::s3) {
            check_s3_keys();
        } else {
            check_posix(repository.path);
        }
    }

    void check_posix(const std::string& repository) {
        const std::string& data = settings_.postgres.data_directory;
        if (are_known({"PGDATA"}) && !data.empty() &&
            (is_within(repository, data) || is_within(data, repository))) {
            problem("CITUS_BACKUP_REPO", "posix:" + repository,
                    fmt::format("and the data directory \"{}\" lie within each other", data),
                    "Choose a directory on another disk");
        }
        warn_of_s3_keys("posix:");
    }

    void warn_of_s3_keys(const char* repository) {
        if (!backup_.s3_key.empty() || !backup_.s3_key_secret.empty()) {
            warning(backup_.s3_key.empty() ? "CITUS_BACKUP_S3_KEY_SECRET" : "CITUS_BACKUP_S3_KEY",
                    "", fmt::format("has no effect with a repository {}", repository), "Remove it");
        }
    }

    // The node and the host prove themselves to each other by certificates of the secret, also
    // where the nodes of the cluster use an authority of the user's or passwords.
    void check_host(const BackupRepository& repository) {
        const Secret& secret = settings_.citus.cluster_secret;
        if (secret.empty() && are_known({"CITUS_CLUSTER_SECRET"})) {
            problem("CITUS_CLUSTER_SECRET", "",
                    fmt::format("is not set, and the repository host {} admits a node by a "
                                "certificate that comes from it",
                                repository.host.text()),
                    "Make one with `openssl rand -hex 32` and give it to every node and to the "
                    "repository host as CITUS_CLUSTER_SECRET or CITUS_CLUSTER_SECRET_FILE");
        } else if (!secret.empty() && !settings_.citus.has_mesh() &&
                   !is_random_secret(secret.reveal())) {
            warning("CITUS_CLUSTER_SECRET", "",
                    "is a passphrase, and whoever sees a node's certificate can try passphrases on "
                    "it, millions in a second",
                    "Replace it by one of `openssl rand -hex 32`");
        }
        warn_of_s3_keys("pgbackrest://");
        for (const auto& [variable, is_set] :
             {std::pair{"CITUS_BACKUP_RETENTION_FULL", backup_.retention_full.has_value()},
              {"CITUS_BACKUP_RETENTION_DIFF", backup_.retention_diff.has_value()}}) {
            if (is_set) {
                warning(variable, "", "has no effect here: the repository host expires backups",
                        "Set it on the repository host");
            }
        }
    }

    // Keys that the machine has (an instance's role) are an option of pgBackRest.
    void check_s3_keys() {
        const bool has_key_type =
            std::any_of(backup_.options.begin(), backup_.options.end(),
                        [](const auto& option) { return option.first == "repo1-s3-key-type"; });
        for (const auto& [variable, is_set] :
             {std::pair{"CITUS_BACKUP_S3_KEY", !backup_.s3_key.empty()},
              {"CITUS_BACKUP_S3_KEY_SECRET", !backup_.s3_key_secret.empty()}}) {
            if (!is_set && !has_key_type && are_known({variable, "CITUS_BACKUP_OPTIONS"})) {
                problem(variable, "", "is not set, and a repository s3: needs it",
                        fmt::format("Set it, best by {}_FILE; where the machine's role gives "
                                    "access, set CITUS_BACKUP_OPTIONS=repo1-s3-key-type=auto",
                                    variable));
            }
        }
    }

    // A full backup is a backup of any type, and each makes a restore point.
    void check_schedule() {
        const auto& [full, incr, point] = backup_.schedule;
        if (!are_known({"CITUS_BACKUP_FULL_EVERY", "CITUS_BACKUP_INCR_EVERY",
                        "CITUS_RESTORE_POINT_EVERY"})) {
            return;
        }
        if (full.count() > 0 && incr >= full) {
            warning("CITUS_BACKUP_INCR_EVERY", format_duration(incr),
                    fmt::format("has no effect, because CITUS_BACKUP_FULL_EVERY is {}",
                                format_duration(full)),
                    "Set a shorter one, or remove it");
        }
        if (incr.count() > 0 && full.count() == 0) {
            warning("CITUS_BACKUP_INCR_EVERY", format_duration(incr),
                    "makes incremental backups of one full backup for ever, so that nothing ever "
                    "expires and each restore needs all of them, because "
                    "CITUS_BACKUP_FULL_EVERY is not set",
                    "Set CITUS_BACKUP_FULL_EVERY, for instance to 7d, or make full backups by "
                    "`citus-init backup --type full`");
        }
        const auto backup = full.count() > 0 && (incr.count() == 0 || full < incr) ? full : incr;
        if (backup.count() > 0 && point >= backup) {
            warning("CITUS_RESTORE_POINT_EVERY", format_duration(point),
                    fmt::format("has no effect, because a backup, which makes a restore point, is "
                                "made every {}",
                                format_duration(backup)),
                    "Set a shorter one, or remove it");
        }
    }

    // The environment beats pgbackrest.conf, and not every process of ours passes it on.
    void check_environment(const Environment& environment) {
        for (const auto& [name, value] : environment) {
            if (name.starts_with("PGBACKREST_") && !value.empty() &&
                !is_service_link(name, value)) {
                problem(name, "", "is read by pgBackRest above what CITUS_BACKUP renders",
                        "Remove it, and use CITUS_BACKUP_REPO, the other CITUS_BACKUP_* variables "
                        "and CITUS_BACKUP_OPTIONS");
            }
        }
    }

    const Settings& settings_;
    const BackupSettings& backup_;
};

}  // namespace

void check_backup(const Settings& settings, const Environment& environment, Findings& findings) {
    if (settings.backup) {
        BackupChecker(settings, findings).check_all(environment);
    }
}

}  // namespace citus_init::settings
