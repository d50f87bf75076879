#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/base/secret.h"
#include "citus_init/process/nss_wrapper.h"
#include "citus_init/process/spawn.h"

namespace citus_init::postgres {

struct InitdbRequest {
    std::string bin_directory;
    int major = 0;  // of the program
    std::string data_directory;
    std::string user;           // POSTGRES_USER
    Secret password;            // "" = none; only its first line counts, as for initdb itself
    std::string arguments;      // POSTGRES_INITDB_ARGS
    std::string wal_directory;  // POSTGRES_INITDB_WALDIR, "" = inside
    std::vector<std::string> environment;  // "NAME=value", of the child
};

// A command and what it reads, which must live until it was spawned.
struct InitdbLaunch {
    process::Command command;
    Fd password;
    std::optional<process::NssWrapper> passwd_entry;
};

// Whether POSTGRES_INITDB_ARGS can be used, to be asked before anything is touched. Errors:
// `config`; a quote that is not closed, an option that names another data directory. Pure.
[[nodiscard]] Status check_initdb_arguments(const std::string& arguments);

// initdb into PGDATA/citus_init.initdb. The password goes through a memfd(2), never through argv or
// the environment. An effective uid without a passwd entry gets one (process/nss_wrapper.h), which
// may block in the lookup. Errors: as check_initdb_arguments(); `permission` for no entry and no
// libnss_wrapper; `os` for no memfd.
[[nodiscard]] Result<InitdbLaunch> initdb_launch(const InitdbRequest& request);

// Moves what initdb made up into the data directory, PG_VERSION last, and takes over the
// directory's mode (`initdb -g` makes it 0750). Not synced. Errors: `data_directory` when no
// cluster was made.
[[nodiscard]] Status adopt_initdb(const std::string& data_directory);

// In the cluster that make-cluster leaves for adopt_initdb(): it is a copy of the template, so it
// has its databases and the extension, but no names and no password of its own.
inline constexpr std::string_view kCopyMarkName = "citus_init.template_copy";

// What the official image appends to the new pg_hba.conf: "host all all all METHOD", for "trust"
// with a warning above it. `method` as POSTGRES_HOST_AUTH_METHOD or `password_encryption` has it.
// Not synced.
std::string host_auth_lines(std::string_view method);
[[nodiscard]] Status append_host_auth(const std::string& data_directory, std::string_view method);

}  // namespace citus_init::postgres
