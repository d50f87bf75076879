#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/secret.h"

namespace citus_init::settings {

enum class RepositoryKind { posix, s3 };

// Where pgBackRest keeps backups and WAL: CITUS_BACKUP_REPO, without its secrets.
struct BackupRepository {
    RepositoryKind kind = RepositoryKind::posix;
    std::string path;  // absolute; with S3 the prefix, "/" = none
    // Of S3:
    std::string bucket{};
    std::string endpoint{};  // HOST or HOST:PORT
    std::string region{};
    std::string uri_style{};  // "host" or "path"; "" = pgBackRest's default, host

    // "posix:/backup", "s3://bucket/prefix": which one it is, for messages and to tell it from
    // another one.
    std::string text() const {
        return kind == RepositoryKind::posix ? "posix:" + path : "s3://" + bucket + path;
    }
    bool operator==(const BackupRepository&) const = default;
};

// What an empty data directory is restored from.
struct RestoreSettings {
    // A restore point; kLatestPoint: the newest that can be restored; "" = nothing is restored.
    std::string point;
    std::string from;          // CITUS_BACKUP_NAME of the cluster that was saved; "" = this one's
    std::optional<int> group;  // of a worker; none: the one that has its address in the point
    bool operator==(const RestoreSettings&) const = default;
};

inline constexpr const char* kLatestPoint = "latest";

// How old what a cluster is saved by may become before it is saved by itself; 0 = never.
struct BackupSchedule {
    std::chrono::milliseconds full_every{0};   // full base backups
    std::chrono::milliseconds incr_every{0};   // base backups of any type
    std::chrono::milliseconds point_every{0};  // restore points

    bool makes_backups() const { return full_every.count() > 0 || incr_every.count() > 0; }
    bool is_empty() const { return !makes_backups() && point_every.count() == 0; }
    bool operator==(const BackupSchedule&) const = default;
};

// What CITUS_BACKUP=pgbackrest adds.
struct BackupSettings {
    std::string name = "citus";  // first part of each stanza's name: NAME-GROUP
    BackupRepository repository;
    Secret s3_key;
    Secret s3_key_secret;
    Secret cipher_pass;  // "" = the repository is not encrypted
    std::optional<int> retention_full;
    std::optional<int> retention_diff;
    BackupSchedule schedule;
    // pgBackRest's own options, without the leading dashes; none that the fields above set.
    std::vector<std::pair<std::string, std::string>> options;
    RestoreSettings restore;

    bool operator==(const BackupSettings&) const = default;
};

}  // namespace citus_init::settings
