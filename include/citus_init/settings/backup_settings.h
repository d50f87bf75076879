#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/secret.h"

namespace citus_init::settings {

enum class RepositoryKind {
    posix,
    s3,
    host,  // a repository host (ADR 85): another container has the repository
};

inline constexpr std::uint16_t kBackupPort = 8432;  // pgBackRest's default

// Where pgBackRest keeps backups and WAL: CITUS_BACKUP_REPO, without its secrets.
struct BackupRepository {
    RepositoryKind kind = RepositoryKind::posix;
    std::string path;  // absolute; with S3 the prefix, "/" = none; "" with a host
    // Of S3:
    std::string bucket{};
    std::string endpoint{};  // HOST or HOST:PORT
    std::string region{};
    std::string uri_style{};  // "host" or "path"; "" = pgBackRest's default, host
    // Of a repository host:
    HostPort host{"", kBackupPort};

    // "posix:/backup", "s3://bucket/prefix", "pgbackrest://host:8432": which one it is, for
    // messages and to tell it from another one.
    std::string text() const {
        switch (kind) {
            case RepositoryKind::posix:
                return "posix:" + path;
            case RepositoryKind::s3:
                return "s3://" + bucket + path;
            case RepositoryKind::host:
                break;
        }
        return "pgbackrest://" + host.text();
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
    // Where pgBackRest's own server listens: beside PostgreSQL for the repository host, and there.
    HostPort listen{"0.0.0.0", kBackupPort};
    std::optional<int> retention_full;
    std::optional<int> retention_diff;
    BackupSchedule schedule;
    // pgBackRest's own options, without the leading dashes; none that the fields above set.
    std::vector<std::pair<std::string, std::string>> options;
    RestoreSettings restore;

    bool has_host() const { return repository.kind == RepositoryKind::host; }
    bool operator==(const BackupSettings&) const = default;
};

}  // namespace citus_init::settings
