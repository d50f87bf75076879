#include "settings/backup_value.h"
#include "settings/declaration.h"

namespace citus_init::settings {

namespace {

constexpr int kMostKept = 9'999'999;  // pgBackRest's own limit

const Choices<bool>& tools() {
    static const Choices<bool> choices{{"none", false}, {"pgbackrest", true}};
    return choices;
}

// Behind CITUS_BACKUP in the order of the declarations, so it is there.
BackupSettings& backup(Draft& draft) {
    return *draft.settings.backup;
}

Parsed<void> choose_tool(Draft& draft, const Sourced& value) {
    const auto chosen = parse_choice(value.text, tools());
    if (!chosen) {
        return tl::unexpected(chosen.error());
    }
    draft.settings.backup = *chosen ? std::optional(BackupSettings()) : std::nullopt;
    return {};
}

template <Secret BackupSettings::*field>
Parsed<void> put_secret(Draft& draft, const Sourced& value) {
    return put(backup(draft).*field, parse_backup_secret(value.text));
}

// 0, or what is longer than a small base backup takes.
template <std::chrono::milliseconds BackupSchedule::*field>
Parsed<void> put_interval(Draft& draft, const Sourced& value) {
    constexpr std::chrono::seconds kShortest{10};
    constexpr std::chrono::hours kLongest{24 * 3650};
    auto interval = parse_duration(value.text, std::chrono::milliseconds(0), kLongest);
    if (interval && interval->count() > 0 && *interval < kShortest) {
        interval = complain("is shorter than 10s", "Set it to 10s or more, or to 0 for never");
    }
    return put(backup(draft).schedule.*field, std::move(interval));
}

template <std::optional<int> BackupSettings::*field>
Parsed<void> put_count(Draft& draft, const Sourced& value) {
    return put(backup(draft).*field, parse_whole_number(value.text, 1, kMostKept));
}

Parsed<void> put_group(Draft& draft, const Sourced& value) {
    constexpr int kLargestGroup = 1'000'000;
    return put(backup(draft).restore.group, parse_whole_number(value.text, 1, kLargestGroup));
}

std::vector<Declaration> repository_declarations() {
    return {
        {{.name = "CITUS_BACKUP",
          .group = Group::backup,
          .type = ValueType::choice,
          .default_text = "`none`",
          .yaml_key = "backup.tool",
          .meaning = "`pgbackrest`: the WAL is archived into a pgBackRest repository",
          .since = "0.3",
          .allowed = names_of(tools())},
         choose_tool},
        {{.name = "CITUS_BACKUP_REPO",
          .group = Group::backup,
          .default_text = "none, required",
          .yaml_key = "backup.repository",
          .meaning = "`posix:/PATH`, or `s3://BUCKET/PREFIX?endpoint=HOST&region=NAME`, with "
                     "`&uri-style=path` for servers that have no host names for buckets, or "
                     "`pgbackrest://HOST:PORT`, a repository host. The same on every node",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(backup(draft).repository, parse_repository(value.text));
         }},
        {{.name = "CITUS_BACKUP_NAME",
          .group = Group::backup,
          .default_text = "`citus`",
          .yaml_key = "backup.name",
          .meaning = "The cluster's name in the repository: its stanzas are `NAME-0` of the "
                     "coordinator, `NAME-1`, ... of the workers' groups. The same on every node",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(backup(draft).name, parse_backup_name(value.text));
         }},
        {{.name = "CITUS_BACKUP_LISTEN",
          .group = Group::backup,
          .default_text = "`:8432`",
          .yaml_key = "backup.listen",
          .meaning = "`[HOST]:PORT` where pgBackRest's server listens: on a repository host for "
                     "the nodes, on a node with `pgbackrest://` for the repository host, which "
                     "copies the data directory from there. `[::]:8432` for IPv6",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(backup(draft).listen, parse_backup_listen(value.text));
         }},
    };
}

std::vector<Declaration> secret_declarations() {
    return {
        {{.name = "CITUS_BACKUP_S3_KEY",
          .group = Group::backup,
          .default_text = "none, required with `s3:`",
          .yaml_key = "backup.s3_key",
          .meaning = "Access key of the S3 bucket",
          .since = "0.3",
          .secret = true},
         put_secret<&BackupSettings::s3_key>},
        {{.name = "CITUS_BACKUP_S3_KEY_SECRET",
          .group = Group::backup,
          .default_text = "none, required with `s3:`",
          .yaml_key = "backup.s3_key_secret",
          .meaning = "Secret access key of the S3 bucket",
          .since = "0.3",
          .secret = true},
         put_secret<&BackupSettings::s3_key_secret>},
        {{.name = "CITUS_BACKUP_CIPHER_PASS",
          .group = Group::backup,
          .default_text = "none: not encrypted",
          .yaml_key = "backup.cipher_pass",
          .meaning = "Passphrase that the repository is encrypted with (aes-256-cbc). It cannot "
                     "be changed later, and without it nothing can be restored. The same on every "
                     "node",
          .since = "0.3",
          .secret = true},
         put_secret<&BackupSettings::cipher_pass>},
    };
}

std::vector<Declaration> schedule_declarations() {
    return {
        {{.name = "CITUS_BACKUP_FULL_EVERY",
          .group = Group::backup,
          .type = ValueType::duration,
          .default_text = "`0`: never",
          .yaml_key = "backup.full_every",
          .meaning = "How old the last full backup may become before the coordinator's agent makes "
                     "one of all groups, with a restore point, by itself. From `10s`; a worker "
                     "ignores it",
          .since = "0.3"},
         put_interval<&BackupSchedule::full_every>},
        {{.name = "CITUS_BACKUP_INCR_EVERY",
          .group = Group::backup,
          .type = ValueType::duration,
          .default_text = "`0`: never",
          .yaml_key = "backup.incr_every",
          .meaning = "The same of an incremental backup, by the age of the last backup of any type",
          .since = "0.3"},
         put_interval<&BackupSchedule::incr_every>},
        {{.name = "CITUS_RESTORE_POINT_EVERY",
          .group = Group::backup,
          .type = ValueType::duration,
          .default_text = "`0`: only with each backup",
          .yaml_key = "backup.restore_point_every",
          .meaning = "The same of a restore point",
          .since = "0.3"},
         put_interval<&BackupSchedule::point_every>},
    };
}

std::vector<Declaration> option_declarations() {
    return {
        {{.name = "CITUS_BACKUP_RETENTION_FULL",
          .group = Group::backup,
          .type = ValueType::whole_number,
          .default_text = "none: all are kept",
          .yaml_key = "backup.retention_full",
          .meaning = "How many full backups pgBackRest keeps, with their WAL (`repo1-retention-"
                     "full`)",
          .since = "0.3"},
         put_count<&BackupSettings::retention_full>},
        {{.name = "CITUS_BACKUP_RETENTION_DIFF",
          .group = Group::backup,
          .type = ValueType::whole_number,
          .default_text = "none: all are kept",
          .yaml_key = "backup.retention_diff",
          .meaning = "How many differential backups pgBackRest keeps (`repo1-retention-diff`)",
          .since = "0.3"},
         put_count<&BackupSettings::retention_diff>},
        {{.name = "CITUS_BACKUP_OPTIONS",
          .group = Group::backup,
          .default_text = "none",
          .yaml_key = "backup.options",
          .meaning = "Further options of pgBackRest, `name=value` separated by blanks: "
                     "`process-max=4 compress-type=zst`",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(backup(draft).options, parse_backup_options(value.text));
         }},
    };
}

std::vector<Declaration> restore_declarations() {
    return {
        {{.name = "CITUS_RESTORE",
          .group = Group::backup,
          .default_text = "none",
          .yaml_key = "backup.restore",
          .meaning = "A restore point, or `latest`, the newest that can be restored: an empty data "
                     "directory is restored to it. The same on every node. It has no effect on a "
                     "data directory that holds a cluster, so it may stay. With Patroni one member "
                     "of each group restores it, and the others become its replicas",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(backup(draft).restore.point, parse_restore_point(value.text));
         }},
        {{.name = "CITUS_RESTORE_FROM",
          .group = Group::backup,
          .default_text = "`CITUS_BACKUP_NAME`",
          .yaml_key = "backup.restore_from",
          .meaning = "`CITUS_BACKUP_NAME` of the cluster that was saved, where the restored one is "
                     "to archive under a name of its own: a copy beside the original has to",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(backup(draft).restore.from, parse_backup_name(value.text));
         }},
        {{.name = "CITUS_RESTORE_GROUP",
          .group = Group::backup,
          .type = ValueType::whole_number,
          .default_text = "the group that had the worker's address",
          .yaml_key = "backup.restore_group",
          .meaning = "Which group a worker is restored as, where no node of the restore point had "
                     "its address. `citus-init backups` lists the groups. With Patroni it is "
                     "`PATRONI_CITUS_GROUP`",
          .since = "0.3"},
         put_group},
    };
}

}  // namespace

std::vector<Declaration> backup_declarations() {
    return concatenated({repository_declarations(), secret_declarations(), schedule_declarations(),
                         option_declarations(), restore_declarations()});
}

}  // namespace citus_init::settings
