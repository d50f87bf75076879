#include "citus_init/node/own_node.h"

#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/preparation.h"

namespace citus_init::node {

Result<Node> own_node(const std::vector<std::string>& server_arguments) {
    auto loaded = load_inherited_settings();
    if (!loaded) {
        return fail(loaded.error());
    }
    Node node;
    node.settings = std::move(loaded->settings);
    node.environment = std::move(loaded->resolved);
    node.data_directory = node.settings.postgres.data_directory;
    log::configure(log_options(node.settings));
    CITUS_INIT_TRY(take_arguments(node, server_arguments));
    CITUS_INIT_TRY(find_server(node));
    return node;
}

}  // namespace citus_init::node
