#include "app/guc_findings.h"

#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/machine.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/load.h"

#include "app/supervisor/server_version.h"

namespace citus_init::app {

render::GucFindings judge_by_table(const render::GucStack& stack, int postgres_major,
                                   const std::string& bin_directory,
                                   const std::string& citus_library) {
    const RealFilesystem files;
    render::GucCheckInputs inputs{postgres_major, nullptr, nullptr};
    if (!bin_directory.empty()) {
        inputs.server_knows = render::names_in_program(files, bin_directory + "/postgres");
    }
    if (!citus_library.empty()) {
        inputs.citus_knows = render::names_in_program(files, citus_library);
    }
    return render::check_gucs(stack, inputs);
}

std::vector<settings::Problem> with_hidden_problems(
    std::vector<settings::Problem> problems, const settings::Environment& environment,
    const std::vector<std::string>& server_arguments) {
    const RealFilesystem files;
    settings::Environment rest = environment;
    for (const auto& problem : problems) {
        rest.erase(problem.variable);
        rest.erase(problem.variable + "_FILE");
    }
    const auto loaded = settings::load_settings(rest, files);
    if (!loaded) {
        return problems;  // the YAML file, or what only shows in combination
    }
    const auto arguments =
        render::parse_server_arguments(server_arguments, loaded->settings.postgres.data_directory,
                                       std::filesystem::current_path().string());
    const auto stack = render::build_guc_stack({loaded->settings, loaded->resolved,
                                                arguments.value_or(render::ServerArguments{}),
                                                files, render::read_machine(files)});
    const auto add = [&problems](const std::vector<settings::Problem>& more) {
        std::copy(more.begin(), more.end(), std::back_inserter(problems));
    };
    if (!arguments) {
        add(arguments.error());
    }
    if (!stack) {
        add(stack.error());
        return problems;
    }
    const auto& postgres = loaded->settings.postgres;
    const char* path = std::getenv("PATH");
    const auto bin = server_bin_directory(postgres.bin_directory, path == nullptr ? "" : path);
    const auto major = bin ? server_major_version(*bin, postgres.major_version) : Result<int>(0);
    add(judge_by_table(*stack, major.value_or(0), bin.value_or(""), "").problems);
    return problems;
}

}  // namespace citus_init::app
