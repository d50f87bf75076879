#include "citus_init/node/guc_findings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/backend.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/node/server_version.h"
#include "citus_init/render/machine.h"
#include "citus_init/render/memory_check.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/load.h"
#include "citus_init/settings/new_cluster.h"

namespace citus_init::node {

namespace {

constexpr std::array<std::string_view, 6> kAddresses{
    "CITUS_ROLE",      "CITUS_WORKERS",  "CITUS_COORDINATOR_HOST", "CITUS_COORDINATOR_PORT",
    "CITUS_NODE_HOST", "CITUS_NODE_PORT"};

// What decides whether a cluster is to be made here, and what for.
constexpr std::array<std::string_view, 12> kNewCluster{
    "PGDATA",         "CITUS_DATA_SLOTS",  "CITUS_HA",
    "CITUS_ENABLE",   "CITUS_ROLE",        "CITUS_CLUSTER_SECRET",
    "CITUS_DATABASE", "POSTGRES_PASSWORD", "CITUS_INTERNODE_AUTH",
    "POSTGRES_USER",  "POSTGRES_DB",       "POSTGRES_HOST_AUTH_METHOD"};

// Whether the problems leave the values of some of these variables open.
template <std::size_t N>
bool leave_open(const std::vector<settings::Problem>& problems,
                const std::array<std::string_view, N>& variables) {
    return std::any_of(problems.begin(), problems.end(), [&](const settings::Problem& problem) {
        return std::any_of(variables.begin(), variables.end(), [&](std::string_view variable) {
            return problem.variable == variable ||
                   problem.variable == std::string(variable) + "_FILE";
        });
    });
}

}  // namespace

render::GucFindings check_by_table(const render::GucStack& stack, const std::string& bin_directory,
                                   const std::string& citus_library) {
    const RealFilesystem files;
    render::GucCheckInputs inputs{stack.versions, nullptr, nullptr};
    if (!bin_directory.empty()) {
        inputs.server_knows = render::names_in_program(files, bin_directory + "/postgres");
    }
    if (!citus_library.empty()) {
        inputs.citus_knows = render::names_in_program(files, citus_library);
    }
    auto findings = render::check_gucs(stack, inputs);
    auto memory = render::check_shared_buffers(stack, files);
    if (memory.problem) {
        findings.problems.push_back(std::move(*memory.problem));
    }
    if (stack.tuning_doubt) {
        findings.doubts.push_back(*stack.tuning_doubt);
    }
    if (memory.doubt) {
        findings.doubts.push_back(std::move(*memory.doubt));
    }
    return findings;
}

namespace {

bool is_name_of_every_machine(const std::string& name) {
    const std::string lower = to_lower(name);
    return lower == "localhost" || lower == "localhost.localdomain" ||
           lower.ends_with(".localhost") || lower == "ip6-localhost" || lower == "ip6-loopback";
}

}  // namespace

std::vector<settings::Problem> address_problems(const settings::Settings& settings,
                                                const render::GucStack& stack) {
    constexpr int kLargestPort = 65535;
    const auto port = parse_integer(stack.effective("port"), 1, kLargestPort);
    // Another port the server refuses in its own words.
    std::vector<settings::Problem> problems;
    if (port) {
        const auto server_port = static_cast<std::uint16_t>(*port);
        problems = settings::check_own_address(settings, server_port);
        if (auto taken = settings::check_http_port(settings, server_port)) {
            problems.push_back(*std::move(taken));
        }
    }
    const auto& citus = settings.citus;
    const bool is_worker =
        citus.enable && !settings.patroni && citus.role == settings::Role::worker;
    if (const std::string name = node_name(citus); is_worker && is_name_of_every_machine(name)) {
        problems.push_back({"CITUS_NODE_HOST", name,
                            "leads every other node to itself, so nobody reaches this worker",
                            "Set it to a name of this worker's own that resolves on every node"});
    }
    return problems;
}

namespace {

const char* search_path() {
    const char* path = std::getenv("PATH");
    return path == nullptr ? "" : path;
}

std::vector<settings::Problem> problems_of_backend(const settings::Settings& settings) {
    const auto backend = find_backend(settings, search_path());
    return backend ? (*backend)->check(settings) : std::vector<settings::Problem>();
}

std::vector<settings::Problem> problems_of_new_cluster(const settings::Settings& settings,
                                                       const Filesystem& files) {
    const bool is_elsewhere = settings.patroni || settings.supervisor.data_slots;
    return is_elsewhere || files.exists(settings.postgres.data_directory + "/PG_VERSION")
               ? std::vector<settings::Problem>()
               : settings::check_new_cluster(settings);
}

}  // namespace

settings::ProblemReport with_hidden_problems(settings::ProblemReport report,
                                             const settings::Environment& environment,
                                             const std::vector<std::string>& server_arguments) {
    const RealFilesystem files;
    auto& problems = report.problems;
    settings::Environment rest = environment;
    for (const auto& problem : problems) {
        rest.erase(problem.variable);
        rest.erase(problem.variable + "_FILE");
    }
    const auto arguments = read_server_arguments(server_arguments, files);
    const auto loaded = settings::load_settings(
        with_data_directory(std::move(rest), arguments.value_or(render::ServerArguments{})), files);
    if (!loaded) {
        return report;  // the YAML file, or what only shows in combination
    }
    const auto add = [&problems](const std::vector<settings::Problem>& more) {
        std::copy(more.begin(), more.end(), std::back_inserter(problems));
    };
    if (!leave_open(problems, kNewCluster)) {
        add(problems_of_new_cluster(loaded->settings, files));
    }
    add(problems_of_backend(loaded->settings));
    const auto& postgres = loaded->settings.postgres;
    const auto bin = server_bin_directory(postgres.bin_directory, search_path());
    const int major = bin ? server_major_version(*bin, postgres.major_version).value_or(0) : 0;
    const auto stack = render::build_guc_stack({loaded->settings,
                                                loaded->resolved,
                                                arguments.value_or(render::ServerArguments{}),
                                                files,
                                                render::read_machine(files, loaded->settings),
                                                {},
                                                {major}});
    add(problems_of_pgbackrest(loaded->settings, major, search_path()));
    if (!arguments) {
        add(arguments.error());
    }
    if (!stack) {
        add(stack.error());
        return report;
    }
    if (!leave_open(problems, kAddresses)) {
        add(address_problems(loaded->settings, *stack));
    }
    const auto findings = check_by_table(*stack, bin.value_or(""), "");
    add(findings.problems);
    report.warnings.insert(report.warnings.end(), findings.doubts.begin(), findings.doubts.end());
    return report;
}

}  // namespace citus_init::node
