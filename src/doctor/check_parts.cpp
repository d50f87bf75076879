#include "doctor/check_parts.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::doctor {

std::string names_text(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 5;
    const std::size_t shown = std::min(names.size(), kShown);
    const std::string text = join({names.begin(), names.begin() + static_cast<long>(shown)}, ", ");
    return names.size() == shown ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

std::string reference_text(const NodeFacts& reference) {
    return reference.is_coordinator ? "the coordinator" : reference.name;
}

std::string shared_setting_of(const NodeFacts& node, std::string_view setting) {
    return node.member ? fmt::format("{} (patronictl edit-config)", setting) : variable_of(setting);
}

std::string variable_of(std::string_view setting) {
    std::string name = "CITUS_GUC_";
    for (const char c : to_upper(setting)) {
        name += c == '.' ? "__" : std::string(1, c);
    }
    return name;
}

}  // namespace citus_init::doctor
