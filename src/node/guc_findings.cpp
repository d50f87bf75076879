#include "citus_init/node/guc_findings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/node/backend.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/node/server_version.h"
#include "citus_init/render/machine.h"
#include "citus_init/render/memory_check.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/load.h"

namespace citus_init::node {

namespace {

// Whether these leave open where the node and its peers are.
bool names_an_address(const std::vector<settings::Problem>& problems) {
    constexpr std::array<std::string_view, 6> kAddresses{
        "CITUS_ROLE",      "CITUS_WORKERS",  "CITUS_COORDINATOR_HOST", "CITUS_COORDINATOR_PORT",
        "CITUS_NODE_HOST", "CITUS_NODE_PORT"};
    return std::any_of(problems.begin(), problems.end(), [&](const settings::Problem& problem) {
        return std::find(kAddresses.begin(), kAddresses.end(), problem.variable) !=
               kAddresses.end();
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
    auto problems = port ? settings::check_own_address(settings, static_cast<std::uint16_t>(*port))
                         : std::vector<settings::Problem>();
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

}  // namespace

std::vector<settings::Problem> with_hidden_problems(
    std::vector<settings::Problem> problems, const settings::Environment& environment,
    const std::vector<std::string>& server_arguments) {
    const RealFilesystem files;
    settings::Environment rest = environment;
    for (const auto& problem : problems) {
        rest.erase(problem.variable);
        rest.erase(problem.variable + "_FILE");
    }
    const auto arguments = read_server_arguments(server_arguments, files);
    const auto loaded = settings::load_settings(
        with_data_directory(std::move(rest), arguments.value_or(render::ServerArguments{})), files);
    if (!loaded) {
        return problems;  // the YAML file, or what only shows in combination
    }
    const auto add = [&problems](const std::vector<settings::Problem>& more) {
        std::copy(more.begin(), more.end(), std::back_inserter(problems));
    };
    add(problems_of_backend(loaded->settings));
    const auto& postgres = loaded->settings.postgres;
    const auto bin = server_bin_directory(postgres.bin_directory, search_path());
    const int major = bin ? server_major_version(*bin, postgres.major_version).value_or(0) : 0;
    const auto stack = render::build_guc_stack({loaded->settings,
                                                loaded->resolved,
                                                arguments.value_or(render::ServerArguments{}),
                                                files,
                                                render::read_machine(files),
                                                {},
                                                {major}});
    if (!arguments) {
        add(arguments.error());
    }
    if (!stack) {
        add(stack.error());
        return problems;
    }
    if (!names_an_address(problems)) {
        add(address_problems(loaded->settings, *stack));
    }
    add(check_by_table(*stack, bin.value_or(""), "").problems);
    return problems;
}

}  // namespace citus_init::node
