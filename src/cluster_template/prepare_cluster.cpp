#include "citus_init/cluster_template/prepare_cluster.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/pipe.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/installation.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/single_user.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/process/exit_status.h"
#include "citus_init/process/memory_file.h"
#include "citus_init/process/nss_wrapper.h"
#include "citus_init/process/spawn.h"

#include "cluster_template/identity.h"

namespace citus_init::cluster_template {

namespace {

using node::SingleUserSession;

struct Cluster {
    std::string bin_directory;
    std::string data_directory;
};

process::Command command_of(const Cluster& cluster, const SingleUserSession& session) {
    process::Command command;
    command.arguments = {cluster.bin_directory + "/postgres", "--single", "-F", "-j"};
    for (const std::string& setting :
         {std::string("exit_on_error=true"), std::string("log_checkpoints=false"),
          // What the libraries report of their start is not of interest; an error is fatal here.
          std::string("log_min_messages=fatal"), std::string("log_min_error_statement=panic"),
          std::string("log_destination=stderr"), std::string("logging_collector=off"),
          "shared_preload_libraries=" + session.preload}) {
        command.arguments.insert(command.arguments.end(), {"-c", setting});
    }
    if (session.changes_catalogs) {
        command.arguments.insert(command.arguments.end(), {"-O", "-c", "search_path=pg_catalog"});
    }
    if (!session.preload.empty()) {
        // Without TLS CREATE EXTENSION citus would make a key, switch TLS on by ALTER SYSTEM, and
        // signal a postmaster that is not there. Single-user mode reads no certificate.
        command.arguments.insert(command.arguments.end(), {"-c", "ssl=on"});
    }
    command.arguments.insert(command.arguments.end(),
                             {"-D", cluster.data_directory, session.database});
    command.environment = process::own_environment();
    std::erase_if(*command.environment, [](const std::string& variable) {
        return variable.starts_with("PG") || variable.starts_with("CITUS_INIT_");
    });
    command.parent_death_signal = SIGKILL;
    return command;
}

std::string read_to_end(int fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

struct Ended {
    process::ExitStatus status;
    std::string output;
};

Result<Ended> run(process::Command command, const std::string& statements) {
    const auto input = process::make_memory_file("citus-init statements", statements);
    const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    auto pipe = make_pipe();
    if (!input || !nowhere || !pipe) {
        return fail(ExitCode::os, "cannot open the descriptors of a single-user session");
    }
    command.descriptors.insert(command.descriptors.end(), {{input->get(), STDIN_FILENO},
                                                           {nowhere.get(), STDOUT_FILENO},
                                                           {pipe->writing.get(), STDERR_FILENO}});
    const auto pid = process::spawn(command);
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    pipe->writing.reset();
    std::string output = read_to_end(pipe->reading.get());
    return Ended{process::wait_for_end(*pid), std::move(output)};
}

Error failure(const SingleUserSession& session, const Ended& ended) {
    const bool is_full = ended.output.find("No space left on device") != std::string::npos;
    return {is_full ? ExitCode::io : ExitCode::data_directory,
            fmt::format("cannot {}: postgres --single ended with {}: {}", session.goal,
                        ended.status.text(), trim(ended.output))};
}

Status run_session(const Cluster& cluster, const SingleUserSession& session) {
    log::debug("single-user mode: to {}", session.goal);
    auto command = command_of(cluster, session);
    // A server asks for no name of its uid, single-user mode does.
    const auto passwd_entry = process::add_passwd_entry(command, cluster.data_directory);
    if (!passwd_entry) {
        return fail(passwd_entry.error());
    }
    auto ended = run(std::move(command), session.statements);
    if (!ended) {
        return fail(ended.error());
    }
    if (!ended->status.success() ||
        !postgres::was_cleanly_shut_down(RealFilesystem(), cluster.data_directory)) {
        return fail(failure(session, *ended));
    }
    if (!session.changes.empty()) {
        log::info("{}", session.changes);
    }
    return {};
}

Status run_sessions(const Cluster& cluster, const std::vector<SingleUserSession>& sessions) {
    for (const auto& session : sessions) {
        CITUS_INIT_TRY(run_session(cluster, session));
    }
    return {};
}

// Of a cluster by initdb, or of a copy of the template.
std::vector<SingleUserSession> sessions_for(const settings::Settings& settings,
                                            const Cluster& cluster, int major, bool is_copy) {
    if (is_copy) {
        auto session = naming_session(settings);
        return session ? std::vector{std::move(*session)} : std::vector<SingleUserSession>();
    }
    const auto available =
        citus::available_extensions(RealFilesystem(), cluster.bin_directory, major);
    return node::single_user_sessions(settings, major, available.contains("citus_columnar"))
        .value_or(std::vector<SingleUserSession>());
}

Status prepare(const std::vector<std::string>& arguments) {
    const bool is_copy = arguments.size() == 3 && arguments[2] == "copy";
    const auto major =
        arguments.size() == 2 || is_copy ? parse_integer(arguments[0], 1, 99) : std::nullopt;
    const auto loaded = node::load_inherited_settings();
    if (!major || !loaded) {
        return fail(major ? loaded.error()
                          : Error{ExitCode::usage,
                                  "this verb is started by citus-init itself, not by hand"});
    }
    const settings::Settings& settings = loaded->settings;
    log::configure(node::log_options(settings));
    const Cluster cluster{arguments[1], settings.postgres.data_directory};
    // What is there is most of what the last sync has to write.
    auto early_sync = std::async(std::launch::async, [path = cluster.data_directory] {
        return postgres::sync_data_directory(path);
    });
    CITUS_INIT_TRY(
        run_sessions(cluster, sessions_for(settings, cluster, static_cast<int>(*major), is_copy)));
    // The kernel reports an error of writing once, so not to the last sync if it did to this one.
    return early_sync.get();
}

}  // namespace

int run_prepare_cluster(const std::vector<std::string>& arguments) {
    const Status prepared = prepare(arguments);
    if (prepared) {
        return 0;
    }
    log::error("{}", one_line(prepared.error().message));
    return static_cast<int>(prepared.error().code);
}

}  // namespace citus_init::cluster_template
