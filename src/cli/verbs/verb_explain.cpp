#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/render/guc_table.h"
#include "citus_init/render/hide_passwords.h"

#include "cli/verbs/inspection.h"
#include "cli/verbs/table.h"
#include "cli/verbs/verb_end.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

using render::LayeredValue;

std::string as_json(const std::string& name, const std::vector<LayeredValue>& values) {
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const LayeredValue& value : values) {
        layers.push_back({{"layer", render::layer_name(value.layer)},
                          {"value", value.value},
                          {"origin", value.origin},
                          {"wins", &value == &values.back()}});
    }
    nlohmann::ordered_json json;
    json["name"] = name;
    json["value"] =
        values.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(values.back().value);
    json["layers"] = std::move(layers);
    return json_text(json);
}

// Weakest first, the one that counts marked.
std::string as_table(const std::vector<LayeredValue>& values) {
    std::vector<std::vector<std::string>> rows{{"  LAYER", "VALUE", "FROM"}};
    for (const LayeredValue& value : values) {
        rows.push_back({fmt::format("{} {}", &value == &values.back() ? '*' : ' ',
                                    render::layer_name(value.layer)),
                        value.value, value.origin});
    }
    return table_text(rows);
}

}  // namespace

int run_explain(const settings::Environment& environment, const std::string& name, bool json,
                const std::vector<std::string>& server_arguments) {
    const auto inspection = inspect_configuration(environment, server_arguments);
    if (!inspection) {
        return end_verb(inspection.error());
    }
    auto values = inspection->stack.explain(name);
    const auto facts = render::find_guc(name, inspection->stack.versions);
    if (values.empty() && !facts) {
        const auto [reason, fix] = render::missing_guc(name, inspection->stack.versions);
        return end_verb(Error{ExitCode::usage, fmt::format("{}. {}", reason, fix)});
    }
    for (LayeredValue& value : values) {
        value.value = render::hide_passwords(value.value);
        value.origin = render::hide_passwords(value.origin);
    }
    print_warnings(inspection->warnings);
    const std::string spelled = facts ? std::string(facts->name) : name;
    const std::string text = json ? as_json(spelled, values) : as_table(values);
    fmt::print("{}", text);
    return 0;
}

}  // namespace citus_init::cli
