#include "citus_init/node/restoring.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"
#include "citus_init/base/text.h"
#include "citus_init/render/own_files.h"
#include "citus_init/render/preload_libraries.h"

namespace citus_init::node {

using postgres::RestorePhase;

namespace {

// "citus", "$libdir/citus.so", "citus_columnar"
bool is_of_citus(const std::string& library) {
    return library.substr(library.rfind('/') + 1).starts_with("citus");
}

std::string libraries_without_citus(const render::GucStack& stack) {
    auto libraries = render::split_libraries(stack.effective("shared_preload_libraries"));
    std::erase_if(libraries, is_of_citus);
    return join(libraries, ",");
}

}  // namespace

bool runs_without_citus(const Node& node) {
    return node.restore && node.restore->phase == RestorePhase::recovering &&
           node.restore->waits_for_cluster();
}

std::vector<std::string> recovery_arguments(const Node& node, const render::GucStack& stack) {
    if (!node.restore || node.restore->phase != RestorePhase::recovering) {
        return {};
    }
    const auto& record = *node.restore;
    std::vector<std::string> words;
    const auto set = [&](const std::string& name, const std::string& value) {
        words.insert(words.end(), {"-c", fmt::format("{}={}", name, value)});
    };
    set("restore_command", backup::restore_command(render::own_files(node.settings).pgbackrest_conf,
                                                   record.stanza, node.data_directory));
    if (record.to_end_of_wal) {
        set("recovery_target_timeline", "latest");
    } else {
        set("recovery_target_name", record.target);
        set("recovery_target_timeline", std::to_string(record.timeline));
        set("recovery_target_action", "promote");
    }
    // Nobody is to read what is not there yet; and without it no setting has to be as large as it
    // was in the original (CheckRequiredParameterValues).
    set("hot_standby", "off");
    if (runs_without_citus(node)) {
        set("shared_preload_libraries", libraries_without_citus(stack));
    }
    return words;
}

std::string restored_lines(const postgres::RestoreRecord& record) {
    return fmt::format(
        "\n# Until the cluster is restored\ncitus_init.restored = '{}'\n"
        "citus_init.restored_point = '{}'\ncitus_init.restore_phase = '{}'\n",
        record.target, record.point, postgres::restore_phase_name(record.phase));
}

status::Condition restoring_condition(const Node& node, const std::string& detail) {
    status::Condition condition{status::ConditionKind::restoring};
    condition.name = node.restore ? node.restore->point : "";
    condition.detail = detail;
    return condition;
}

}  // namespace citus_init::node
