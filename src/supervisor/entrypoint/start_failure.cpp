#include "supervisor/entrypoint/start_failure.h"

#include <sys/wait.h>

#include <string>
#include <utility>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/process/signals.h"
#include "citus_init/settings/load.h"
#include "citus_init/status/node_status.h"

#include "supervisor/publisher.h"
#include "supervisor/signal_request.h"

namespace citus_init::supervisor {

namespace {

std::string variable(const settings::Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

settings::SupervisorSettings settings_of(const settings::Environment& environment) {
    if (auto loaded = settings::load_settings(environment, RealFilesystem())) {
        return std::move(loaded->settings.supervisor);
    }
    settings::SupervisorSettings settings;
    if (to_lower(trim(variable(environment, "CITUS_ON_FATAL"))) == "hold") {
        settings.on_fatal = settings::OnFatal::hold;
    }
    if (auto directory = variable(environment, "CITUS_RUN_DIR"); !directory.empty()) {
        settings.run_directory = std::move(directory);
    }
    return settings;
}

// CITUS_ON_FATAL=hold where there is nothing to supervise yet.
void hold(const Error& error, const std::string& run_directory) {
    Publisher publisher(run_directory);
    status::NodeStatus status;
    status.phase = status::Phase::failed;
    status.condition = {status::ConditionKind::ended, "", "", error.message};
    status.condition.number = static_cast<int>(error.code);
    status.since = utc_now();
    publisher.publish(std::move(status));
    log::error("staying up for inspection (CITUS_ON_FATAL=hold); SIGTERM ends it");
    for (auto request = SignalRequest::none;
         request != SignalRequest::stop_fast && request != SignalRequest::stop_at_once;) {
        request = request_of(process::wait_for_signal().value_or(0));
        if (request == SignalRequest::reap) {
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
        }
    }
}

}  // namespace

int end_with(const Error& error, const settings::SupervisorSettings& settings) {
    if (error.code == ExitCode::os && process::stop_is_pending()) {
        log::info("stopped on request before the server was started");
        return 0;
    }
    const int code = static_cast<int>(error.code);
    log::error("exit {} ({}): {}", code, exit_code_name(error.code), error.message);
    if (settings.on_fatal == settings::OnFatal::hold) {
        hold(error, settings.run_directory);
    }
    return code;
}

int end_with(const Error& error, const settings::Environment& environment) {
    return end_with(error, settings_of(environment));
}

}  // namespace citus_init::supervisor
