#include "supervisor/entrypoint/start_steps.h"

#include "citus_init/base/log.h"
#include "citus_init/node/restoring.h"

#include "supervisor/entrypoint/start_failure.h"
#include "supervisor/standalone/node_supervisor.h"
#include "supervisor/standalone/start_node.h"

namespace citus_init::supervisor {

namespace {

void explain_recovery_failure(const node::Node& node) {
    log::error(
        "the recovery to the restore point {} did not come to its end: PostgreSQL's messages above "
        "say why. Where pgBackRest could not read the repository, start again once it can: it goes "
        "on. Where WAL is missing, every node has to be restored to another point, into empty "
        "data directories: `citus-init backups` lists them",
        node.restore->point);
}

bool has_step_of_restore(const node::Node& node) {
    return node.plan.restore || node::runs_without_citus(node) ||
           (node.hand_over != node::HandOver::none && node.restore);
}

}  // namespace

std::optional<int> run_step(node::Node& node) {
    auto supervisor = NodeSupervisor::create(node);
    if (!supervisor) {
        return end_with(supervisor.error(), node.settings.supervisor);
    }
    const int code = (*supervisor)->run();
    return code != 0 || (*supervisor)->stop_signal() != 0 ? std::optional(code) : std::nullopt;
}

std::optional<int> plan_next_step(node::Node& node) {
    const Status planned = plan_again(node);
    return planned ? std::nullopt
                   : std::optional(end_with(planned.error(), node.settings.supervisor));
}

std::optional<int> run_restore(node::Node& node) {
    while (has_step_of_restore(node)) {
        const auto before = node.restore;
        if (const auto code = run_step(node)) {
            if (*code != 0 && before) {
                explain_recovery_failure(node);
            }
            return code;
        }
        if (node.hand_over == node::HandOver::restored ||
            node.hand_over == node::HandOver::asks_again) {
            return std::nullopt;
        }
        if (const auto code = plan_next_step(node)) {
            return code;
        }
        if (before && node.restore == before) {
            return 0;  // shut down from inside
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::supervisor
