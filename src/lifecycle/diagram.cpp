#include "citus_init/lifecycle/diagram.h"

#include <fmt/core.h>

namespace citus_init::lifecycle {

std::string mermaid_text(const std::set<Arrow>& arrows) {
    std::string text = "stateDiagram-v2\n    [*] --> initial\n";
    for (const auto& arrow : arrows) {
        text += fmt::format("    {} --> {}: {}\n", arrow.from, arrow.to, arrow.label);
    }
    return text + "    finished --> [*]\n";
}

}  // namespace citus_init::lifecycle
