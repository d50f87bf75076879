#include "cli/verbs/inspection.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/citus/installation.h"
#include "citus_init/citus/support.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/captured_run.h"
#include "citus_init/node/guc_findings.h"
#include "citus_init/node/output_plugins.h"
#include "citus_init/node/question_environment.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/node/server_version.h"
#include "citus_init/node/slot.h"
#include "citus_init/node/tls_files.h"
#include "citus_init/postgres/initdb.h"
#include "citus_init/postgres/installation.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/postgres/shell_words.h"
#include "citus_init/process/identity.h"
#include "citus_init/render/library_check.h"
#include "citus_init/render/machine.h"
#include "citus_init/settings/new_cluster.h"

#include "cli/verbs/shadow_directory.h"

namespace citus_init::cli {

namespace {

using settings::Problem;

constexpr std::chrono::seconds kServerDeadline{30};

Problem from_error(const char* place, const Error& error) {
    // An error's message says what to do by itself.
    const bool stops = error.message.ends_with('.');
    return {place, "", error.message.substr(0, error.message.size() - (stops ? 1 : 0)), ""};
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

void find_server(Inspection& inspection, const Filesystem& files) {
    const auto& postgres = inspection.settings.postgres;
    const char* path = std::getenv("PATH");
    auto bin = node::server_bin_directory(postgres.bin_directory, path == nullptr ? "" : path);
    if (!bin) {
        inspection.problems.push_back(from_error("PostgreSQL", bin.error()));
        return;
    }
    const auto major = node::server_major_version(*bin, postgres.major_version);
    if (!major) {
        inspection.problems.push_back(from_error("PostgreSQL", major.error()));
        return;
    }
    inspection.bin_directory = std::move(*bin);
    inspection.postgres_major = *major;
    append(inspection.problems,
           node::problems_of_pgbackrest(inspection.settings, *major, path == nullptr ? "" : path));
    if (const std::string warning = postgres::newer_major(*major); !warning.empty()) {
        inspection.warnings.push_back(from_error("PostgreSQL", Error{ExitCode::config, warning}));
    }
    if (!inspection.settings.citus.enable) {
        return;
    }
    const auto citus = citus::find_citus(files, inspection.bin_directory, *major);
    if (!citus) {
        inspection.problems.push_back(from_error("Citus", citus.error()));
        return;
    }
    inspection.citus_library = citus->library_path;
    inspection.citus_version = citus->default_version;
    const std::string untested = citus::untested_pair(citus->default_version, *major);
    if (!untested.empty()) {
        inspection.warnings.push_back(from_error("Citus", Error{ExitCode::config, untested}));
    }
}

// A marker that cannot be read is no reason not to answer.
std::optional<int> group_by_data_directory(const settings::Settings& settings,
                                           const Filesystem& files) {
    const auto marker = postgres::read_node_marker(files, settings.postgres.data_directory);
    return node::group_to_archive(settings, marker.value_or(std::nullopt));
}

std::vector<std::string> output_plugins(const Inspection& inspection) {
    return inspection.settings.patroni
               ? std::vector<std::string>()
               : node::output_plugins(inspection.bin_directory, inspection.citus_library);
}

void check_new_directory(Inspection& inspection, const Filesystem& files) {
    if (!files.exists(inspection.settings.postgres.data_directory + "/PG_VERSION")) {
        append(inspection.problems, settings::check_new_cluster(inspection.settings));
    }
}

// initdb reads its options, and with --show ends before it makes anything. As root it refuses to
// run after it has read them.
void check_initdb_arguments(Inspection& inspection) {
    const auto& postgres = inspection.settings.postgres;
    if (const Status usable = postgres::check_initdb_arguments(postgres.initdb_args); !usable) {
        inspection.problems.push_back(from_error("PostgreSQL", usable.error()));
        return;
    }
    const auto words = postgres::split_shell_words(postgres.initdb_args);
    process::Command command;
    command.arguments = {inspection.bin_directory + "/initdb",
                         "--show",
                         "-D",
                         postgres.data_directory,
                         "--username=" + postgres.user,
                         "--pwfile=/dev/null"};
    command.arguments.insert(command.arguments.end(), words->begin(), words->end());
    command.environment = node::question_environment();
    const auto run = node::run_captured(std::move(command), kServerDeadline);
    if (!run || run->status.success()) {
        return;
    }
    const std::string_view first = std::string_view(run->errors).substr(0, run->errors.find('\n'));
    if (first.find("root") == std::string_view::npos) {
        inspection.problems.push_back({"POSTGRES_INITDB_ARGS",
                                       settings::shown(postgres.initdb_args),
                                       fmt::format("is refused by initdb ({})", first),
                                       "Correct it: `initdb --help` lists the options"});
    }
}

// What shows only with the stack, or in files that the settings name.
void check_environment(Inspection& inspection, const Filesystem& files) {
    append(inspection.problems, node::address_problems(inspection.settings, inspection.stack));
    append(inspection.problems, node::tls_file_problems(inspection.settings.citus, files));
}

bool names(const std::vector<Problem>& problems, const Problem& wanted) {
    return std::any_of(problems.begin(), problems.end(),
                       [&](const Problem& problem) { return problem.variable == wanted.variable; });
}

}  // namespace

tl::expected<Inspection, settings::ProblemReport> inspect_configuration(
    const settings::Environment& environment, const std::vector<std::string>& server_arguments) {
    const RealFilesystem files;
    auto arguments = node::read_server_arguments(server_arguments, files);
    auto loaded = settings::load_settings(
        node::with_data_directory(environment, arguments.value_or(render::ServerArguments{})),
        files);
    if (!loaded) {
        return tl::unexpected(
            node::with_hidden_problems(loaded.error(), environment, server_arguments));
    }
    if (loaded->settings.supervisor.data_slots) {
        node::use_running_data_directory(loaded->settings, loaded->resolved);
    }
    Inspection inspection;
    inspection.settings = std::move(loaded->settings);
    inspection.warnings = std::move(loaded->warnings);
    // With the arguments that could be read, so that everything else is reported as well.
    inspection.arguments = arguments.value_or(render::ServerArguments{});
    // `docker exec` may come as root. The user's files may include any other, and errors quote
    // them, so the owner of the data directory reads them. Before it is made, or while it is
    // root's, nobody else has written there.
    if (Status became = process::become_owner_of(inspection.settings.postgres.data_directory);
        !became) {
        return tl::unexpected(settings::ProblemReport{{from_error("PostgreSQL", became.error())},
                                                      std::move(inspection.warnings)});
    }
    find_server(inspection, files);
    inspection.archive_group = group_by_data_directory(inspection.settings, files);
    auto stack =
        render::build_guc_stack({inspection.settings,
                                 loaded->resolved,
                                 inspection.arguments,
                                 files,
                                 render::read_machine(files, inspection.settings),
                                 output_plugins(inspection),
                                 {inspection.postgres_major, inspection.citus_version.release()},
                                 inspection.archive_group});
    std::vector<Problem> problems;
    if (!arguments) {
        append(problems, arguments.error());
    }
    if (!stack) {
        append(problems, stack.error());
    }
    check_new_directory(inspection, files);
    if (!problems.empty()) {
        append(problems, std::move(inspection.problems));
        return tl::unexpected(
            settings::ProblemReport{std::move(problems), std::move(inspection.warnings)});
    }
    inspection.stack = std::move(*stack);
    check_environment(inspection, files);
    return inspection;
}

void ask_server(Inspection& inspection) {
    const bool citus_missing = inspection.settings.citus.enable && inspection.citus_library.empty();
    if (inspection.bin_directory.empty() || citus_missing) {
        return;  // reported already
    }
    auto answer = ask_on_shadow_directory(inspection, kServerDeadline);
    if (!answer) {
        inspection.warnings.push_back(from_error("PostgreSQL", answer.error()));
        return;
    }
    if (!answer->loads_libraries) {
        append(answer->problems, render::missing_libraries(
                                     inspection.stack, inspection.bin_directory, RealFilesystem()));
    }
    if (!answer->complete) {
        check_initdb_arguments(inspection);
        inspection.warnings.push_back({"PGDATA", "",
                                       "has no cluster yet, so limits could not be checked",
                                       "Check again after the first start"});
    }
    for (Problem& problem : answer->problems) {
        if (!names(inspection.problems, problem)) {
            inspection.problems.push_back(std::move(problem));
        }
    }
}

void check_settings(Inspection& inspection) {
    auto findings =
        node::check_by_table(inspection.stack, inspection.bin_directory, inspection.citus_library);
    append(inspection.problems, std::move(findings.problems));
    ask_server(inspection);
    for (Problem& doubt : findings.doubts) {
        if (!names(inspection.problems, doubt)) {
            inspection.warnings.push_back(std::move(doubt));
        }
    }
}

}  // namespace citus_init::cli
