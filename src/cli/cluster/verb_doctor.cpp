#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/doctor/checks.h"
#include "citus_init/doctor/examination.h"

#include "cli/cluster/doctor_report.h"
#include "cli/cluster/examined_cluster.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/verbs/question.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

// "fsync-off,auto-conf"; none: all.
Result<std::vector<std::string>> chosen_checks(const std::string& list) {
    std::vector<std::string> ids;
    for (const std::string& word : split(list, ',')) {
        const std::string id(trim(word));
        if (id.empty()) {
            continue;
        }
        if (doctor::find_check(id) == nullptr) {
            std::vector<std::string> known;
            for (const auto& check : doctor::all_checks()) {
                known.emplace_back(check.id);
            }
            const auto near = nearest(id, known);
            return fail(ExitCode::usage,
                        fmt::format("--check \"{}\" is no check. {}", id,
                                    near ? fmt::format("Did you mean {}?", *near)
                                         : "docs/doctor.md lists all: " + join(known, ", ")));
        }
        ids.push_back(id);
    }
    return ids;
}

// Before PostgreSQL 15 a server's statistics may be so old (PGSTAT_STAT_INTERVAL), of before the
// repairs.
constexpr std::chrono::milliseconds kStatisticsAge{600};

void run_repair(const ExaminedCluster& cluster, const doctor::Repair& repair) {
    const auto target = cluster.targets.find(repair.node);
    if (target == cluster.targets.end() || !cluster.connector) {
        return;
    }
    auto session = cluster.connector->connect(doctor::for_repair(target->second));
    const auto done =
        session ? (*session)->query(repair.statement) : tl::unexpected(std::move(session.error()));
    fmt::print(stderr, "{}: {}: {}\n", repair.node, repair.statement,
               done ? "done" : one_line(done.error().text()));
}

// Whether anything was run.
bool run_repairs(const ExaminedCluster& cluster, const std::vector<doctor::Finding>& findings,
                 const DoctorOptions& options) {
    const auto repairs = repairs_of(findings);
    if (repairs.empty()) {
        fmt::print(stderr, "nothing can be mended without an operator\n");
        return false;
    }
    fmt::print(stderr, "to be run:\n");
    for (const doctor::Repair& repair : repairs) {
        fmt::print(stderr, "  {}: {}\n", repair.node, repair.statement);
    }
    if (!options.yes && !is_confirmed("Run them?", "nothing was run")) {
        return false;
    }
    for (const doctor::Repair& repair : repairs) {
        run_repair(cluster, repair);
    }
    std::this_thread::sleep_for(kStatisticsAge);
    return true;
}

}  // namespace

int run_doctor(const settings::Environment& environment, const DoctorOptions& options) {
    const auto ids = chosen_checks(options.checks);
    if (!ids) {
        return end_verb(ids.error());
    }
    auto cluster = examine_cluster(environment);
    if (!cluster) {
        return end_verb(cluster.error());
    }
    auto findings = doctor::run_checks(cluster->facts, *ids);
    if (options.fix && run_repairs(*cluster, findings, options)) {
        cluster = examine_cluster(environment);
        if (!cluster) {
            return end_verb(cluster.error());
        }
        findings = doctor::run_checks(cluster->facts, *ids);
    }
    const auto& nodes = cluster->facts.nodes;
    const std::string text =
        options.json ? doctor_json(nodes, findings) : doctor_text(nodes, findings);
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    return doctor::exit_status(findings);
}

}  // namespace citus_init::cli
