#pragma once

#include <string>

namespace citus_init::render {

// Where a PostgreSQL setting can come from, weakest first.
enum class Layer {
    postgresql_default,
    server_environment,  // PGPORT, PGDATESTYLE, PGCLIENTENCODING: read by the server itself
    initdb,              // what initdb itself writes into PGDATA/postgresql.conf
    tuned,
    role_preset,
    user_file,  // PGDATA/postgresql.conf or the one that config_file names, and what it includes
    yaml,
    block,        // CITUS_POSTGRESQL_CONF
    environment,  // CITUS_GUC_*
    alter_system,
    command_line,
    enforced,
};

// "role preset", "ALTER SYSTEM", ...
const char* layer_name(Layer layer);

// A value that a layer gives to a PostgreSQL setting.
struct LayeredValue {
    Layer layer = Layer::postgresql_default;
    std::string value;
    std::string origin;  // "CITUS_GUC_WORK_MEM", "/data/postgresql.conf:12", or why we set it
    bool operator==(const LayeredValue&) const = default;
};

}  // namespace citus_init::render
