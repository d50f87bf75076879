#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

// The stanza of a group of the cluster: "app-0". One for each group, because each has a system
// identifier of its own.
std::string stanza_name(const settings::BackupSettings& settings, int group);
// The other way round; none: it is not one of this cluster.
std::optional<int> group_of_stanza(const settings::BackupSettings& settings,
                                   std::string_view stanza);

// Which stanza of which repository: "app-0 in posix:/backup". No secret is in it.
std::string stanza_place(const settings::BackupSettings& settings, int group);

// To a command whose stderr is read: since pgBackRest 2.53 errors are on stdout without it.
inline constexpr const char* kErrorsToStderr = "--log-level-stderr=warn";

// archive_command for it. `configuration`: the path of pgbackrest.conf. pgBackRest's messages of
// the last run are kept in the file `errors`, empty after a success, and reach the server's log as
// well.
std::string archive_command(const std::string& configuration, const std::string& errors,
                            const std::string& stanza);

// The same for one who splits it into words and runs it without a shell: Patroni archives so what
// is left of a former leader's WAL before it rewinds it (_archive_ready_wals() of its rewind.py).
std::string archive_command_without_shell(const std::string& configuration,
                                          const std::string& errors, const std::string& stanza);

// restore_command for a server in `data_directory`, which need not be the stanza's.
std::string restore_command(const std::string& configuration, const std::string& stanza,
                            const std::string& data_directory);

// The same for a replica, which streams when the archive does not answer: ends within 10 s, and for
// the next minute at once, so that a repository that hangs holds up neither its start nor its
// promotion for long. Works without a shell, too.
std::string replica_restore_command(const std::string& configuration, const std::string& stanza);

}  // namespace citus_init::backup
