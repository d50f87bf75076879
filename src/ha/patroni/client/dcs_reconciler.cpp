#include "ha/patroni/client/dcs_reconciler.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/configuration.h"

namespace citus_init::patroni {

namespace {}  // namespace

void DcsReconciler::pass(const std::function<void(const std::string&)>& warning) {
    const auto file = RealFilesystem().read(configuration_path(settings_));
    const auto store = rest_.get("/config");
    if (!file || !store || !store->is_ok()) {
        return;  // nothing to compare, which is reported elsewhere
    }
    const auto differences = compare_dcs_configuration(*file, store->body);
    if (!differences) {
        warning(differences.error().message);
        return;
    }
    report_or_apply(*differences, warning);
}

void DcsReconciler::report_or_apply(const std::vector<DcsDifference>& differences,
                                    const std::function<void(const std::string&)>& warning) {
    std::vector<std::string> texts;
    texts.reserve(differences.size());
    for (const auto& difference : differences) {
        texts.push_back(difference.text());
    }
    const std::string text = join(texts, "; ");
    const bool is_new = std::exchange(reported_, text) != text;
    if (text.empty() || !is_new) {
        return;
    }
    if (settings_.reconciliation != settings::DcsReconciliation::apply) {
        warning(fmt::format(
            "the configuration store has other values than this member: {}. Those of the store "
            "apply. `patronictl edit-config` changes them, CITUS_RECONCILE_DCS_CONFIG=apply makes "
            "them this member's, off is silent",
            text));
        return;
    }
    const auto answer = rest_.patch("/config", dcs_patch(differences));
    if (answer && answer->is_ok()) {
        log::info("changed the configuration store to this member's values: {}", text);
    } else {
        reported_.clear();
        warning(fmt::format(
            "cannot change the configuration store ({}): {}", text,
            answer ? fmt::format("Patroni answers {}", answer->status) : answer.error().message));
    }
}

}  // namespace citus_init::patroni
