#include "citus_init/doctor/newcomer.h"

#include <vector>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/doctor/checks.h"

#include "doctor/readers.h"

namespace citus_init::doctor {

namespace {

// What those checks compare.
NodeFacts facts_for_joining(citus::Session& session, bool is_coordinator) {
    NodeFacts facts;
    facts.is_coordinator = is_coordinator;
    if (auto server = citus::read_server_facts(session)) {
        facts.server = std::move(*server);
    }
    if (auto database = read_database(session)) {
        facts.database = std::move(*database);
    }
    if (auto values = read_setting_values(session)) {
        facts.settings.emplace().values = std::move(*values);
    }
    return facts;
}

}  // namespace

std::string reason_against(citus::Session& coordinator, citus::Session& newcomer) {
    std::vector<std::string> ids;
    for (const Check& check : all_checks()) {
        if (check.keeps_out) {
            ids.emplace_back(check.id);
        }
    }
    ClusterFacts cluster;
    cluster.with_citus = true;
    cluster.nodes.push_back(facts_for_joining(coordinator, true));
    cluster.nodes.push_back(facts_for_joining(newcomer, false));
    std::vector<std::string> reasons;
    for (const Finding& finding : run_checks(cluster, ids)) {
        reasons.push_back(fmt::format("{}. {}", finding.what, finding.fix));
    }
    return join(reasons, "; ");
}

}  // namespace citus_init::doctor
