#include "cli/cluster/find_node.h"

#include <vector>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::cli {

Result<citus::RegisteredNode> find_node(const citus::Cluster& cluster, const std::string& name) {
    std::vector<citus::RegisteredNode> all = cluster.workers;
    if (cluster.coordinator) {
        all.insert(all.begin(), *cluster.coordinator);
    }
    std::vector<std::string> names;
    std::vector<citus::RegisteredNode> found;
    for (const auto& node : all) {
        names.push_back(node.address.text());
        if (node.address.text() == name) {
            return node;
        }
        if (node.address.host == name) {
            found.push_back(node);
        }
    }
    if (found.size() == 1) {
        return found.front();
    }
    return fail(ExitCode::usage,
                fmt::format("{} node of the cluster is called \"{}\"; there are: {}",
                            found.empty() ? "no" : "more than one", name,
                            names.empty() ? "none" : join(names, ", ")));
}

}  // namespace citus_init::cli
