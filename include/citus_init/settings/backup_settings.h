#pragma once

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

// What CITUS_BACKUP=pgbackrest adds.
struct BackupSettings {
    std::string name = "citus";  // first part of each stanza's name: NAME-GROUP
    BackupRepository repository;
    Secret s3_key;
    Secret s3_key_secret;
    Secret cipher_pass;  // "" = the repository is not encrypted
    std::optional<int> retention_full;
    std::optional<int> retention_diff;
    // pgBackRest's own options, without the leading dashes; none that the fields above set.
    std::vector<std::pair<std::string, std::string>> options;

    bool operator==(const BackupSettings&) const = default;
};

}  // namespace citus_init::settings
