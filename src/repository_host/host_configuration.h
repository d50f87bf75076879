#pragma once

#include <string>

#include "citus_init/backup/configuration.h"
#include "citus_init/base/result.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::repository_host {

// What a repository host runs with.
struct HostConfiguration {
    settings::Settings settings;       // with a `backup` that has a directory
    settings::Environment resolved;    // LoadedSettings::resolved, with secrets
    settings::Environment children{};  // of pgBackRest: without any
    std::string file;                  // pgbackrest.conf
    backup::LocalFiles files;
    std::string requests;  // a directory of the repository
};

// Whether the program is asked for its version, which blocks for 20 s at most.
enum class PgBackRest { to_be_checked, is_known };

// From the container's environment. Logs warnings and sets up the log. Error `config`: all problems
// at once. Touches nothing. `before`: what runs, at a reload (settings::reload_settings()).
[[nodiscard]] Result<HostConfiguration> read_configuration(
    const settings::Environment& environment, PgBackRest program,
    const HostConfiguration* before = nullptr);

// As the user that it runs as: checks the repository's directory, makes the one of the requests,
// and writes pgbackrest.conf. Errors: `config`, no such directory; `permission`, it cannot be
// written; those of writing.
[[nodiscard]] Status write_configuration(const HostConfiguration& host);

// Makes the certificate where it is missing or to be renewed. `server_is_running`: its key is kept.
// True: it is another one.
[[nodiscard]] Result<bool> renew_certificate(const HostConfiguration& host, bool server_is_running);

// Where health finds out that this container is a repository host.
std::string host_state_path(const std::string& run_directory);

}  // namespace citus_init::repository_host
