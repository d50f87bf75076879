#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "citus_init/settings/backup_settings.h"

#include "settings/value.h"

namespace citus_init::settings {

// posix:/PATH, s3://BUCKET[/PREFIX]?endpoint=HOST[:PORT]&region=NAME[&uri-style=host|path] or
// pgbackrest://HOST[:PORT]
[[nodiscard]] Parsed<BackupRepository> parse_repository(std::string_view text);

// [HOST]:PORT; without a host: every IPv4 address.
[[nodiscard]] Parsed<HostPort> parse_backup_listen(std::string_view text);

// First part of a stanza's name, which is a directory in the repository: letters, digits, "._-".
[[nodiscard]] Parsed<std::string> parse_backup_name(std::string_view text);

// A restore point's name, kLatestPoint in any case of its letters, or "none", which is "".
[[nodiscard]] Parsed<std::string> parse_restore_point(std::string_view text);

// name=value, separated by white space; names as pgBackRest's manual has them, with or without the
// dashes before them. Refuses those that other variables or citus-init itself set.
[[nodiscard]] Parsed<std::vector<std::pair<std::string, std::string>>> parse_backup_options(
    std::string_view text);

// Of one line without blanks at its ends, which a line of pgbackrest.conf would lose.
[[nodiscard]] Parsed<Secret> parse_backup_secret(std::string_view text);

}  // namespace citus_init::settings
