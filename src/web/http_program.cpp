#include "citus_init/web/http_program.h"

#include <memory>
#include <utility>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/http/server/server.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/node_status.h"

#include "web/manager_watch.h"
#include "web/routes.h"

namespace citus_init::web {

namespace {

using std::chrono::seconds;

// What PID 1 published last. It lives, since we end with it.
status::NodeStatus published_status(const std::string& run_directory) {
    const std::string path = status::state_path(run_directory);
    const auto text = RealFilesystem().read(path);
    auto status = text ? status::node_status_from_json(*text)
                       : Result<status::NodeStatus>(fail(text.error()));
    if (status) {
        return *std::move(status);
    }
    status::NodeStatus unknown;
    unknown.phase = status::Phase::failed;
    unknown.condition = {status::ConditionKind::state_file_unreadable, path, "",
                         status.error().message};
    return unknown;
}

int failed(agent::Reporter& reporter, const Error& error) {
    reporter.warning("citus-init http cannot begin: " + error.message);
    return static_cast<int>(error.code);
}

}  // namespace

int run_http(const std::vector<std::string>& /*arguments*/) {
    constexpr seconds kHeartbeat{5};
    agent::Reporter reporter = agent::make_reporter();
    const auto own = agent::load_own_settings();
    if (!own) {
        return failed(reporter, own.error());
    }
    const auto& [environment, settings] = *own;
    if (!settings.http.listen) {
        return failed(reporter, {ExitCode::config, "CITUS_HTTP_LISTEN is not set"});
    }
    ManagerWatch manager(environment, settings);
    const std::string& run_directory = settings.supervisor.run_directory;
    const Sources sources{[&run_directory] { return published_status(run_directory); },
                          [&manager] { return manager.hung(); },
                          [](const std::string& /*accept*/) { return http::ServerResponse(); }};
    auto server = http::Server::create(
        *settings.http.listen,
        [&sources, &token = settings.http.token](const http::ServerRequest& request) {
            return respond(request, sources, token);
        });
    if (!server) {
        return failed(reporter, server.error());
    }
    (*server)->every(kHeartbeat, [&reporter] { reporter.report(status::Alive()); });
    log::info("probes and metrics are served at {}:{}",
              settings.http.listen->host.empty() ? "*" : settings.http.listen->host,
              (*server)->port());
    (*server)->run();
    return 0;
}

}  // namespace citus_init::web
