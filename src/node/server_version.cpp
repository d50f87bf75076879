#include "citus_init/node/server_version.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/pipe.h"
#include "citus_init/base/text.h"
#include "citus_init/node/question_environment.h"
#include "citus_init/postgres/installation.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/spawn.h"

namespace citus_init::node {

namespace {

Result<std::string> output_of(std::vector<std::string> arguments) {
    constexpr int kBetweenChecks = 100;  // ms
    auto pipe = make_pipe();
    if (!pipe) {
        return fail(pipe.error());
    }
    const Fd reading = std::move(pipe->reading);
    Fd writing = std::move(pipe->writing);
    process::Command command;
    command.arguments = std::move(arguments);
    command.environment = question_environment();
    command.descriptors = {{writing.get(), STDOUT_FILENO}};
    const auto pid = process::spawn(command);
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    writing.reset();
    std::string output;
    std::array<char, 256> buffer{};
    for (ssize_t count = 1; count > 0;) {
        if (process::stop_is_pending()) {
            ::kill(*pid, SIGKILL);
        }
        pollfd readable{reading.get(), POLLIN, 0};
        if (::poll(&readable, 1, kBetweenChecks) > 0) {
            count = ::read(reading.get(), buffer.data(), buffer.size());
            output.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        }
    }
    ::waitpid(*pid, nullptr, 0);
    return output;
}

}  // namespace

Result<std::string> server_bin_directory(const std::string& wanted, const std::string& path) {
    auto found = postgres::find_bin_directory(RealFilesystem(), wanted, path);
    if (!found) {
        return found;
    }
    std::error_code error;
    const auto program = std::filesystem::canonical(*found + "/postgres", error);
    return error ? *found : program.parent_path().string();
}

Result<std::string> server_version_text(const std::string& bin_directory) {
    const auto output = output_of({bin_directory + "/postgres", "-V"});
    if (!output) {
        return fail(output.error());
    }
    // "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"
    constexpr std::string_view kBefore = "(PostgreSQL) ";
    const auto at = output->find(kBefore);
    if (at == std::string::npos) {
        return fail(ExitCode::config,
                    fmt::format(R"("{}/postgres -V" answers "{}")", bin_directory, trim(*output)));
    }
    return std::string(trim(std::string_view(*output).substr(at + kBefore.size())));
}

namespace {

Result<int> find_major_version(const std::string& bin_directory, const std::string& wanted) {
    // PG_MAJOR is of the image; CITUS_PG_BINDIR may name another version in it.
    if (const auto major = postgres::major_version_of_path(bin_directory)) {
        return *major;
    }
    if (const auto number = parse_integer(wanted, 1, 99)) {
        return static_cast<int>(*number);
    }
    const auto output = output_of({bin_directory + "/postgres", "-V"});
    if (!output) {
        return fail(output.error());
    }
    const auto parsed = postgres::parse_server_version(*output);
    if (!parsed) {
        return fail(ExitCode::config,
                    fmt::format(R"("{}/postgres -V" does not tell a version: "{}". Set PG_MAJOR.)",
                                bin_directory, trim(*output)));
    }
    return parsed->major;
}

}  // namespace

Result<int> server_major_version(const std::string& bin_directory, const std::string& wanted) {
    auto major = find_major_version(bin_directory, wanted);
    if (major) {
        CITUS_INIT_TRY(postgres::check_major(*major));
    }
    return major;
}

}  // namespace citus_init::node
