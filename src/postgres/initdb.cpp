#include "citus_init/postgres/initdb.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/adopted_directory.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/shell_words.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/memory_file.h"

namespace citus_init::postgres {

namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

bool names_data_directory(const std::string& argument) {
    return argument.substr(0, 2) == "-D" || argument == "--pgdata" ||
           argument.substr(0, 9) == "--pgdata=";
}

Result<std::vector<std::string>> parse_arguments(const std::string& arguments) {
    auto words = split_shell_words(arguments);
    if (!words) {
        return fail(ExitCode::config,
                    fmt::format("POSTGRES_INITDB_ARGS: {}.", words.error().message));
    }
    if (std::any_of(words->begin(), words->end(), names_data_directory)) {
        return fail(ExitCode::config,
                    "POSTGRES_INITDB_ARGS: -D (--pgdata) cannot be given here. Set PGDATA.");
    }
    return words;
}

// 13 has no --no-instructions and ends with a usage error.
constexpr int kFirstWithNoInstructions = 14;

}  // namespace

Status check_initdb_arguments(const std::string& arguments) {
    return parse_arguments(arguments).map([](const auto& /*words*/) {});
}

Result<InitdbLaunch> initdb_launch(const InitdbRequest& request) {
    const auto words = parse_arguments(request.arguments);
    if (!words) {
        return fail(words.error());
    }
    InitdbLaunch launch;
    // Always given, as in the official image: with an empty password initdb accepts --auth=md5,
    // too.
    auto password =
        process::make_memory_file("initdb password", first_line(request.password.reveal()) + "\n");
    if (!password) {
        return fail(password.error());
    }
    launch.password = std::move(*password);
    const int fd = launch.password.get();
    launch.command.descriptors.emplace_back(fd, fd);
    auto& arguments = launch.command.arguments;
    arguments = {request.bin_directory + "/initdb", "-D",
                 fmt::format("{}/{}", request.data_directory, kInitdbDirectoryName),
                 "--username=" + request.user, fmt::format("--pwfile=/dev/fd/{}", fd)};
    if (request.major >= kFirstWithNoInstructions) {
        arguments.emplace_back("--no-instructions");
    }
    arguments.insert(arguments.end(), words->begin(), words->end());
    if (!request.wal_directory.empty()) {
        arguments.emplace_back("--waldir");
        arguments.push_back(request.wal_directory);
    }
    launch.command.environment = request.environment;
    // initdb insists on a name for its effective uid, which an arbitrary --user does not have.
    CITUS_INIT_TRY(keep(launch.passwd_entry,
                        process::add_passwd_entry(launch.command, request.data_directory)));
    return launch;
}

Status adopt_initdb(const std::string& data_directory) {
    const std::string made = fmt::format("{}/{}", data_directory, kInitdbDirectoryName);
    if (!RealFilesystem().exists(made + "/PG_VERSION")) {
        return fail(ExitCode::data_directory,
                    fmt::format("initdb made no cluster in \"{}\". Check POSTGRES_INITDB_ARGS: "
                                "an option there may have kept it from doing so.",
                                made));
    }
    return adopt_directory(data_directory, kInitdbDirectoryName, Durability::left_to_caller);
}

std::string host_auth_lines(std::string_view method) {
    const std::string_view warning =
        method == "trust" ? "# warning: trust lets everybody in, without a password\n"
                            "# see https://www.postgresql.org/docs/current/auth-trust.html\n"
                          : "";
    return fmt::format("\n{}host all all all {}\n", warning, method);
}

Status append_host_auth(const std::string& data_directory, std::string_view method) {
    const std::string path = data_directory + "/pg_hba.conf";
    const Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    return write_all(file.get(), host_auth_lines(method), path);
}

}  // namespace citus_init::postgres
