#include "cli/cluster/stopped_node.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/doctor/examination.h"
#include "citus_init/render/guc_table.h"
#include "citus_init/render/hide_passwords.h"
#include "citus_init/render/memory_check.h"

#include "cli/verbs/inspection.h"

namespace citus_init::cli {

namespace {

using render::Layer;
using render::LayeredValue;

constexpr std::array kSwitches{"autovacuum",         "fsync",
                               "full_page_writes",   "ssl",
                               "zero_damaged_pages", "ignore_checksum_failure"};
constexpr std::array kTexts{"dynamic_shared_memory_type", "max_connections", "ssl_cert_file",
                            "wal_level"};

// What ALTER SYSTEM has otherwise than a layer below that the user, or a preset, has given.
void add_overridden(const render::GucStack& stack, doctor::SettingFacts& facts) {
    for (const std::string& name : stack.names()) {
        const auto layers = stack.explain(name);
        const auto altered = std::find_if(
            layers.begin(), layers.end(),
            [](const LayeredValue& value) { return value.layer == Layer::alter_system; });
        if (altered == layers.end() || altered == layers.begin()) {
            continue;
        }
        const LayeredValue& below = *std::prev(altered);
        if (below.layer != Layer::postgresql_default && below.value != altered->value) {
            facts.overridden.push_back({name, render::hide_passwords(altered->value),
                                        render::hide_passwords(below.value), below.origin});
        }
    }
}

doctor::SettingFacts settings_in(const render::GucStack& stack) {
    doctor::SettingFacts facts;
    for (const char* name : kSwitches) {
        facts.values[name] =
            render::parse_guc_boolean(stack.effective(name)).value_or(true) ? "on" : "off";
    }
    for (const char* name : kTexts) {
        facts.values[name] = stack.effective(name);
    }
    if (const auto buffers = size_in_bytes(stack.effective("shared_buffers"), kBlock)) {
        facts.values["shared_buffers"] = fmt::format("{:.0f}", *buffers);
    }
    add_overridden(stack, facts);
    return facts;
}

}  // namespace

void read_stopped_node(const settings::Environment& environment, doctor::NodeFacts& own) {
    auto inspection = inspect_configuration(environment, {});
    if (!inspection) {
        for (const auto& problem : inspection.error().problems) {
            own.unread.push_back("settings: " + problem.text());
        }
        return;
    }
    own.settings = settings_in(inspection->stack);
    doctor::examine_own_files(own, inspection->settings.postgres.data_directory);
}

}  // namespace citus_init::cli
