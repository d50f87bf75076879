#include "citus_init/ha/patroni/dcs_configuration.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "citus_init/base/text.h"

namespace citus_init::patroni {

namespace {

using nlohmann::json;

// Only what yaml_text() writes: a string is always in quotes.
json scalar_of(const YAML::Node& node) {
    constexpr const char* kQuoted = "!";
    if (node.Tag() == kQuoted) {
        return node.Scalar();
    }
    auto value = json::parse(node.Scalar(), nullptr, false);
    return value.is_discarded() ? json(node.Scalar()) : value;
}

// What a setting of citus-init stands for. All else is the user's, who changes it by `patronictl
// edit-config`: `standby_cluster` is removed there to promote the cluster, and would come back.
bool has_setting(const std::vector<std::string>& path) {
    constexpr std::array<std::string_view, 6> kOfSettings{
        "ttl",           "loop_wait",
        "retry_timeout", "synchronous_mode",
        "failsafe_mode", "synchronous_mode_strict"};
    if (path.size() == 1) {
        return std::find(kOfSettings.begin(), kOfSettings.end(), path.front()) != kOfSettings.end();
    }
    return path.size() == 3 && path[0] == "postgresql" && path[1] == "parameters";
}

// PostgreSQL's settings and Patroni's switches are the same in any of these forms.
std::string meaning_of(const json& value) {
    const std::string text = to_lower(value.is_string() ? value.get<std::string>() : value.dump());
    if (text == "true" || text == "yes") {
        return "on";
    }
    return text == "false" || text == "no" ? "off" : text;
}

class Comparison {
  public:
    void compare(const YAML::Node& ours, const json& theirs) {
        for (const auto& member : ours) {
            path_.push_back(member.first.Scalar());
            const auto found = theirs.is_object() ? theirs.find(path_.back()) : theirs.end();
            const bool is_there = theirs.is_object() && found != theirs.end();
            if (member.second.IsMap()) {
                compare(member.second, is_there ? *found : json());
            } else if (member.second.IsScalar() && has_setting(path_)) {
                compare_value(scalar_of(member.second), is_there ? *found : json());
            }
            path_.pop_back();
        }
    }

    std::vector<DcsDifference> take() { return std::move(differences_); }

  private:
    void compare_value(const json& ours, const json& theirs) {
        if (meaning_of(ours) != meaning_of(theirs)) {
            differences_.push_back({path_, ours.dump(), theirs.is_null() ? "" : theirs.dump()});
        }
    }

    std::vector<std::string> path_;
    std::vector<DcsDifference> differences_;
};

}  // namespace

std::string DcsDifference::text() const {
    return fmt::format("{} is {}, here {}", join(path, "."), theirs.empty() ? "not set" : theirs,
                       ours);
}

Result<std::vector<DcsDifference>> compare_dcs_configuration(const std::string& patroni_yml,
                                                             const std::string& dcs_json) {
    const auto theirs = json::parse(dcs_json, nullptr, false);
    if (!theirs.is_object()) {
        return fail(ExitCode::config, "Patroni's answer to GET /config is no object");
    }
    Comparison comparison;
    try {
        const YAML::Node ours = YAML::Load(patroni_yml);
        comparison.compare(ours["bootstrap"]["dcs"], theirs);
    } catch (const YAML::Exception&) {
        // Its text might quote a password.
        return fail(ExitCode::config, "patroni.yml is no YAML with bootstrap.dcs");
    }
    return comparison.take();
}

std::string dcs_patch(const std::vector<DcsDifference>& differences) {
    json patch = json::object();
    for (const DcsDifference& difference : differences) {
        json* place = &patch;
        for (const std::string& key : difference.path) {
            place = &(*place)[key];
        }
        *place = json::parse(difference.ours, nullptr, false);
    }
    return patch.dump();
}

}  // namespace citus_init::patroni
