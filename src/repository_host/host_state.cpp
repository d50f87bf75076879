#include "repository_host/host_state.h"

#include <unistd.h>

#include <chrono>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"
#include "citus_init/node/captured_run.h"
#include "citus_init/process/process_table.h"
#include "citus_init/repository_host/repository_host.h"

namespace citus_init::repository_host {

namespace {

std::string reached_at(const std::string& listen) {
    return listen == "0.0.0.0" ? "127.0.0.1" : listen == "::" ? "::1" : listen;
}

// "" = it answers. By options alone: its configuration may be closed to who asks.
std::string ping(const std::string& host, std::int64_t port) {
    constexpr std::chrono::seconds kDeadline{10};
    process::Command command;
    command.arguments = {"pgbackrest",
                         "--no-config",
                         "--log-level-console=off",
                         "--log-level-file=off",
                         "--log-level-stderr=error",
                         "--io-timeout=5",
                         fmt::format("--tls-server-port={}", port),
                         "server-ping",
                         host};
    const auto run = node::run_captured(std::move(command), kDeadline);
    if (!run) {
        return run.error().message;
    }
    return run->status.success() ? "" : one_line(run->errors);
}

}  // namespace

Status write_host_state(const HostConfiguration& host) {
    constexpr mode_t kMode = 0644;
    const auto& backup = *host.settings.backup;
    const nlohmann::json state{{"pid", ::getpid()},
                               {"pid_start", process::start_ticks(::getpid()).value_or(0)},
                               {"host", backup.listen.host},
                               {"port", backup.listen.port},
                               {"repository", backup.repository.text()}};
    return replace_file(host_state_path(host.settings.supervisor.run_directory), json_text(state),
                        kMode);
}

void remove_host_state(const std::string& run_directory) {
    static_cast<void>(remove_file(host_state_path(run_directory)));
}

std::optional<HostHealth> read_host_health(const std::string& run_directory) {
    const auto text = RealFilesystem().read(host_state_path(run_directory));
    if (!text) {
        return std::nullopt;
    }
    const auto state = nlohmann::json::parse(*text, nullptr, false);
    const auto pid = number_at(state, "pid");
    if (!pid || !process::lives(*pid, number_at(state, "pid_start").value_or(0))) {
        return std::nullopt;
    }
    const std::string repository = text_at(state, "repository");
    const auto port = number_at(state, "port").value_or(0);
    const std::string host = reached_at(text_at(state, "host"));
    const std::string failure = ping(host, port);
    if (!failure.empty()) {
        return HostHealth{fmt::format("failed: repository host: pgBackRest's server does not "
                                      "answer on {}:{}: {}",
                                      host, port, failure),
                          false};
    }
    return HostHealth{
        fmt::format("ready: repository host: serving {} on port {}", repository, port), true};
}

}  // namespace citus_init::repository_host
