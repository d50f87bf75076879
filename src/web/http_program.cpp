#include "citus_init/web/http_program.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/log_feed.h"
#include "citus_init/http/server/server.h"
#include "citus_init/process/process_table.h"
#include "citus_init/render/own_files.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/node_status.h"

#include "web/live_overview.h"
#include "web/manager_watch.h"
#include "web/metrics_page.h"
#include "web/node_collector.h"
#include "web/routes.h"

namespace citus_init::web {

namespace {

using std::chrono::seconds;

// Not of an earlier start, which is left where PID 1 cannot write.
bool is_of_parent(const status::NodeStatus& status) {
    return status.pid == ::getppid() && process::lives(status.pid, status.pid_start);
}

// What PID 1 published last. It lives, since we end with it.
status::NodeStatus published_status(const std::string& run_directory) {
    const std::string path = status::state_path(run_directory);
    const auto text = RealFilesystem().read(path);
    auto status = text ? status::node_status_from_json(*text)
                       : Result<status::NodeStatus>(fail(text.error()));
    if (status && is_of_parent(*status)) {
        return *std::move(status);
    }
    status::NodeStatus unknown;
    if (status) {
        unknown.phase = status::Phase::starting;
        unknown.condition = {status::ConditionKind::process_gone, path};
    } else {
        unknown.phase = status::Phase::failed;
        unknown.condition = {status::ConditionKind::state_file_unreadable, path, "",
                             status.error().message};
    }
    return unknown;
}

// The node's certificate, which its first start makes after us, and which is renewed.
class NodeCertificate {
  public:
    NodeCertificate(http::Server& server, const settings::Settings& settings)
        : server_(server),
          files_{render::own_files(settings).certificate, render::own_files(settings).private_key} {
        server_.refuse_plain_text();
    }

    // Takes it where it is new. Files that are just being replaced fit together the next time.
    void take() {
        const auto made = modification_time(files_.certificate);
        if (!made || made == taken_) {
            return;
        }
        if (const Status used = server_.use_tls(files_); used) {
            taken_ = made;
        } else if (made != complained_of_) {
            complained_of_ = made;
            log::warning("{}. CITUS_HTTP_TLS waits for another one.", used.error().message);
        }
    }

  private:
    static std::optional<std::filesystem::file_time_type> modification_time(
        const std::string& path) {
        std::error_code error;
        const auto time = std::filesystem::last_write_time(path, error);
        return error ? std::nullopt : std::optional(time);
    }

    http::Server& server_;
    http::TlsFiles files_;
    std::optional<std::filesystem::file_time_type> taken_;
    std::optional<std::filesystem::file_time_type> complained_of_;
};

// What the listener serves, and the listener itself.
class HttpProgram {
  public:
    // All outlive it.
    HttpProgram(const settings::Environment& environment, const settings::Settings& settings,
                agent::Reporter& reporter)
        : settings_(settings),
          reporter_(reporter),
          manager_(environment, settings),
          collector_(environment, settings),
          overview_({[this] { return status(); }, [this] { return collector_.snapshot(); }},
                    log::inherited_feed()) {}

    [[nodiscard]] citus_init::Status listen() {
        auto server = http::Server::create(*settings_.http.listen, [this](const auto& request) {
            return respond(request, sources_, settings_.http.token);
        });
        if (!server) {
            return fail(server.error().code,
                        fmt::format("CITUS_HTTP_LISTEN: {}. Set it to a free port from 1024 on, "
                                    "alone or after an address of this container",
                                    server.error().message));
        }
        listener_ = std::move(*server);
        if (settings_.http.tls) {
            certificate_.emplace(*listener_, settings_);
        }
        schedule();
        return {};
    }

    void run() {
        const std::string& host = settings_.http.listen->host;
        log::info("probes, metrics and the page are served at {}:{}", host.empty() ? "*" : host,
                  listener_->port());
        listener_->run();
    }

  private:
    status::NodeStatus status() const {
        return published_status(settings_.supervisor.run_directory);
    }

    void schedule() {
        constexpr seconds kHeartbeat{5};
        constexpr seconds kCertificateWatch{1};
        constexpr seconds kFollow{1};
        constexpr seconds kEvents{1};
        if (certificate_) {
            listener_->every(kCertificateWatch, [this] { certificate_->take(); });
        }
        listener_->every(kFollow, [this] { collector_.follow(status()); });
        listener_->every(kEvents, [this] { publish(); });
        listener_->every(kHeartbeat, [this] { reporter_.report(status::Alive()); });
    }

    void publish() {
        const bool has_streams = listener_->counters().streams > 0;
        if (const auto events = overview_.next_events(has_streams); !events.empty()) {
            listener_->publish(events);
        }
    }

    const settings::Settings& settings_;
    agent::Reporter& reporter_;
    ManagerWatch manager_;
    NodeCollector collector_;
    LiveOverview overview_;
    std::unique_ptr<http::Server> listener_;
    std::optional<NodeCertificate> certificate_;
    const Sources sources_{
        [this] { return status(); }, [this] { return manager_.hung(); },
        [this](const std::string& accept) {
            return metrics_page(accept, status(), *collector_.snapshot(), listener_->counters(),
                                overview_.dropped_lines());
        },
        [this] { return overview_.json(); }, [this] { return overview_.events(); }};
};

int failed(agent::Reporter& reporter, const Error& error) {
    reporter.warning("citus-init http cannot begin: " + error.message);
    return static_cast<int>(error.code);
}

}  // namespace

int run_http(const std::vector<std::string>& /*arguments*/) {
    agent::Reporter reporter = agent::make_reporter();
    const auto own = agent::load_own_settings();
    if (!own) {
        return failed(reporter, own.error());
    }
    const auto& [environment, settings] = *own;
    if (!settings.http.listen) {
        return failed(reporter, {ExitCode::config, "CITUS_HTTP_LISTEN is not set"});
    }
    HttpProgram program(environment, settings, reporter);
    if (const auto listening = program.listen(); !listening) {
        return failed(reporter, listening.error());
    }
    program.run();
    return 0;
}

}  // namespace citus_init::web
