#include "citus_init/private_server/run_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/process/exit_status.h"

namespace citus_init::private_server {

namespace {

constexpr std::size_t kLinesOfAProgram = 25;

// pg_ctl of pg_upgrade waits for its servers; we have no deadline of our own.
std::vector<std::string> program_environment() {
    std::vector<std::string> environment = process::own_environment();
    std::erase_if(environment, [](const std::string& variable) {
        return variable.starts_with("PG") || variable.starts_with("CITUS_INIT_");
    });
    environment.emplace_back("PGCTLTIMEOUT=86400");
    environment.emplace_back("LC_MESSAGES=C");
    return environment;
}

bool names_error(const std::string& line) {
    return line.find("error:") != std::string::npos || line.find("ERROR:") != std::string::npos ||
           line.find("FATAL:") != std::string::npos;
}

// Its last errors, else its last lines.
std::string cause_in(const std::string& path) {
    constexpr std::size_t kLines = 12;
    constexpr std::ptrdiff_t kErrors = 5;
    std::vector<std::string> errors;
    for (auto& line : split(RealFilesystem().read(path).value_or(""), '\n')) {
        if (names_error(line)) {
            errors.push_back(std::move(line));
        }
    }
    if (errors.empty()) {
        return last_lines(path, kLines);
    }
    const auto first = std::max<std::ptrdiff_t>(std::ssize(errors) - kErrors, 0);
    return join({errors.begin() + first, errors.end()}, "\n");
}

// Quotes and line ends become blanks.
std::string normalised(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '"' || c == '\''; }, ' ');
    return text;
}

}  // namespace

process::Command logged_command(std::vector<std::string> arguments, int log) {
    process::Command command;
    command.arguments = std::move(arguments);
    command.environment = program_environment();
    command.descriptors = {{log, STDOUT_FILENO}, {log, STDERR_FILENO}};
    command.parent_death_signal = SIGQUIT;  // of a server: an immediate shutdown
    return command;
}

Status run_program(std::vector<std::string> arguments, const std::string& log_path,
                   const std::string& what) {
    constexpr mode_t kOwnerOnly = 0600;
    const Fd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                        kOwnerOnly));
    if (!log) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", log_path), errno));
    }
    const auto pid = process::spawn(logged_command(std::move(arguments), log.get()));
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    const auto end = process::wait_for_end(*pid);
    if (end.success()) {
        return {};
    }
    return fail(ExitCode::data_directory, fmt::format("{} failed with {}:\n{}", what, end.text(),
                                                      last_lines(log_path, kLinesOfAProgram)));
}

std::string named_files(const std::string& output, const std::string& directory) {
    std::set<std::string> seen;
    std::string text;
    for (const auto& word : split(normalised(output), ' ')) {
        if (!word.ends_with(".log") && !word.ends_with(".txt")) {
            continue;
        }
        const std::string path = word.front() == '/' ? word : fmt::format("{}/{}", directory, word);
        const std::string lines = seen.insert(path).second ? cause_in(path) : "";
        if (!lines.empty()) {
            text += fmt::format("\n{}:\n{}", path, lines);
        }
    }
    return text;
}

std::string last_lines(const std::string& path, std::size_t count) {
    const auto text = RealFilesystem().read(path);
    std::vector<std::string> lines;
    for (auto& line : split(text.value_or(""), '\n')) {
        if (!trim(line).empty()) {
            lines.push_back(std::move(line));
        }
    }
    if (lines.size() > count) {
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
    }
    return join(lines, "\n");
}

}  // namespace citus_init::private_server
