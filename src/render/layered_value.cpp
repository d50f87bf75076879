#include "citus_init/render/layered_value.h"

namespace citus_init::render {

const char* layer_name(Layer layer) {
    switch (layer) {
        case Layer::postgresql_default:
            return "PostgreSQL default";
        case Layer::server_environment:
            return "server environment";
        case Layer::initdb:
            return "initdb";
        case Layer::tuned:
            return "tuned";
        case Layer::role_preset:
            return "role preset";
        case Layer::user_file:
            return "postgresql.conf";
        case Layer::yaml:
            return "YAML";
        case Layer::block:
            return "CITUS_POSTGRESQL_CONF";
        case Layer::environment:
            return "environment";
        case Layer::alter_system:
            return "ALTER SYSTEM";
        case Layer::command_line:
            return "command line";
        case Layer::enforced:
            return "enforced";
    }
    return "";
}

}  // namespace citus_init::render
