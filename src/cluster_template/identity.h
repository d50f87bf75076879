#pragma once

#include <optional>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/node/single_user.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/settings/settings.h"

#include "cluster_template/manifest.h"

namespace citus_init::cluster_template {

// An identifier as initdb makes it, of the time, but with random low bits: two containers often
// have the same process ids. Error: `os`.
[[nodiscard]] Result<postgres::ClusterIdentity> new_identity();

// Gives a stopped cluster that pg_resetwal has left, and nothing has started since, another
// identity: in pg_control, and in the one WAL segment. Not synced. Errors: `data_directory`, from
// errno.
[[nodiscard]] Status set_identity(const std::string& data_directory,
                                  const postgres::ClusterIdentity& identity);

// Which cluster of the template these settings ask for.
Variant variant_for(const settings::Settings& settings);

// Gives the copy what the template cannot know: names, password, the database, Citus' server id.
// None: it is as asked for.
std::optional<node::SingleUserSession> naming_session(const settings::Settings& settings);

// Whether these statements can hold the names: a line break might end one.
bool can_be_named(const settings::Settings& settings);

}  // namespace citus_init::cluster_template
