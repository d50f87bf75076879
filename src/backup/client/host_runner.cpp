#include "backup/client/host_runner.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/client/child_runner.h"
#include "citus_init/backup/client/runner_of.h"
#include "citus_init/backup/failure.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/random.h"

namespace citus_init::backup {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr const char* kShortTimeout = "--io-timeout=5";
constexpr milliseconds kFirstPoll{100};
constexpr milliseconds kLongestPoll{1000};
constexpr seconds kBetweenSigns{5};
// The host answers each 10 s at least. It may be restarted in this time.
constexpr seconds kLongestSilence{60};
constexpr seconds kLongestTaking{20};
constexpr milliseconds kLongestCancel{1500};
constexpr milliseconds kShortestCancel{300};

std::string_view value_of(const Command& command, std::string_view option) {
    for (const std::string& word : command.arguments) {
        if (word.starts_with(option)) {
            return std::string_view(word).substr(option.size());
        }
    }
    return {};
}

// "citus-init/NAME/points/POINT.json"
std::optional<std::pair<std::string, std::string>> point_of(const std::string& path) {
    constexpr std::string_view kBegin = "citus-init/";
    constexpr std::string_view kMiddle = "/points/";
    constexpr std::string_view kEnd = ".json";
    const auto middle = path.find(kMiddle);
    if (!path.starts_with(kBegin) || middle == std::string::npos || !path.ends_with(kEnd)) {
        return std::nullopt;
    }
    const auto point = middle + kMiddle.size();
    return std::pair(path.substr(kBegin.size(), middle - kBegin.size()),
                     path.substr(point, path.size() - kEnd.size() - point));
}

void pause(milliseconds longest, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, longest, [] { return false; });
}

}  // namespace

// A request and what has come of it.
struct HostRunner::Exchange {
    const HostRequest& request;
    const Command& command;
    Clock::time_point deadline;
    const std::stop_token& stop;
    Run run{};
    int answers = 0;
    std::optional<Run> last_failure{};  // of an attempt to read the next answer
    Clock::time_point last_sign{Clock::now()};
    Clock::time_point last_answer{Clock::now()};

    RequestFile file(RequestFileKind kind) const { return {request.id, kind, answers}; }
    void take(const HostAnswer& answer) {
        run.output += answer.output;
        run.errors += answer.errors;
        run.code = answer.code.value_or(0);
        run.on_host = true;
        last_answer = Clock::now();
        last_failure.reset();
        ++answers;
        if (command.on_output && !answer.output.empty()) {
            command.on_output(answer.output);
        }
    }
};

HostRunner::HostRunner(std::unique_ptr<Runner> local, settings::BackupSettings settings,
                       std::string configuration, std::function<std::string()> node_host)
    : local_(std::move(local)),
      settings_(std::move(settings)),
      configuration_(std::move(configuration)),
      node_host_(std::move(node_host)) {}

Result<Run> HostRunner::run(const Command& command, milliseconds deadline,
                            const std::stop_token& stop) {
    const auto request = request_for(command);
    if (!request) {
        return fail(request.error());
    }
    if (!*request) {
        return local_->run(command, deadline, stop);
    }
    Exchange exchange{**request, command, Clock::now() + deadline, stop};
    auto put =
        this->put(exchange.file(RequestFileKind::request), render_host_request(**request), stop);
    if (!put || !put->succeeded()) {
        cancel(exchange);  // it may have arrived
        return put;
    }
    return follow(exchange);
}

Result<std::optional<HostRequest>> HostRunner::request_for(const Command& command) const {
    const auto& words = command.arguments;
    if (!words.empty() && words.back() == "backup") {
        auto request = backup_request(command);
        if (!request) {
            return fail(request.error());
        }
        return *std::move(request);
    }
    const bool removes = std::find(words.begin(), words.end(), "repo-rm") != words.end();
    const auto point = removes ? point_of(words.back()) : std::nullopt;
    if (!point) {
        return std::nullopt;
    }
    HostRequest request;
    constexpr std::size_t kBytes = 16;
    CITUS_INIT_TRY(keep(request.id, random_hex(kBytes)));
    request.command = HostCommand::remove_point;
    std::tie(request.cluster_name, request.point) = *point;
    return request;
}

Result<HostRequest> HostRunner::backup_request(const Command& command) const {
    HostRequest request;
    constexpr std::size_t kBytes = 16;
    CITUS_INIT_TRY(keep(request.id, random_hex(kBytes)));
    request.stanza = value_of(command, "--stanza=");
    request.type = value_of(command, "--type=");
    const auto configuration = RealFilesystem().read(configuration_);
    if (!configuration) {
        return fail(configuration.error());
    }
    auto cluster = parse_local_cluster(*configuration, request.stanza);
    if (!cluster || !node_host_) {
        return fail(ExitCode::unavailable,
                    fmt::format("{} has no stanza {} yet", configuration_, request.stanza));
    }
    request.cluster = std::move(*cluster);
    request.node = {node_host_(), settings_.listen.port};
    // What the host would refuse is reported here, where its reason is.
    const auto usable = parse_host_request(render_host_request(request), request.id);
    if (!usable) {
        return fail(
            ExitCode::config,
            fmt::format("the repository host cannot be asked for a base backup: {} "
                        "(host \"{}\", data directory \"{}\")",
                        usable.error().message, request.node.host, request.cluster.data_directory));
    }
    return request;
}

Result<Run> HostRunner::follow(Exchange& exchange) {
    milliseconds poll = kFirstPoll;
    bool may_have_more = false;
    while (!exchange.stop.stop_requested() && Clock::now() < exchange.deadline) {
        if (!may_have_more) {
            pause(poll, exchange.stop);
            poll = std::min(poll * 2, kLongestPoll);
        }
        keep_alive(exchange);
        const auto answer = next_answer(exchange, exchange.stop);
        if (!answer) {
            if (exchange.stop.stop_requested()) {
                break;
            }
            cancel(exchange);
            return fail(answer.error());
        }
        may_have_more = answer->has_value();
        if (!may_have_more) {
            continue;
        }
        exchange.take(**answer);
        if ((*answer)->is_last()) {
            static_cast<void>(put(exchange.file(RequestFileKind::read), "", {}));
            if (!(*answer)->failure.empty()) {
                return fail(ExitCode::unavailable, (*answer)->failure);
            }
            return std::move(exchange.run);
        }
    }
    cancel(exchange);
    if (exchange.stop.stop_requested()) {
        return fail(ExitCode::unavailable, "stopped on request");
    }
    exchange.run.timed_out = true;
    return std::move(exchange.run);
}

Result<std::optional<HostAnswer>> HostRunner::next_answer(Exchange& exchange,
                                                          const std::stop_token& stop,
                                                          milliseconds longest) {
    const auto got = get(exchange.file(RequestFileKind::answer), stop, longest);
    if (!got) {
        return fail(got.error());
    }
    if (got->succeeded()) {
        auto answer = parse_host_answer(got->output);
        if (!answer) {
            return fail(answer.error());
        }
        return *std::move(answer);
    }
    // --ignore-missing ends with 1 and nothing on stderr.
    const bool is_missing = got->code == 1 && got->errors.empty() && !got->timed_out;
    if (is_missing) {
        exchange.last_failure.reset();
    } else {
        exchange.last_failure = *got;
    }
    const bool is_taken = exchange.answers > 0;
    if (Clock::now() - exchange.last_answer < (is_taken ? kLongestSilence : kLongestTaking)) {
        return std::nullopt;
    }
    const std::string host = settings_.repository.host.text();
    if (exchange.last_failure) {
        const auto failure =
            failure_of(*exchange.last_failure,
                       {exchange.request.stanza, settings_.repository.text(), configuration_});
        return fail(ExitCode::unavailable, text_of(failure));
    }
    return fail(ExitCode::unavailable,
                is_taken
                    ? fmt::format("the repository host {} has not answered for a minute: its "
                                  "log says why",
                                  host)
                    : fmt::format("nobody takes requests at {}: a pgBackRest server answers "
                                  "there, and `citus-init repository-host` does not run beside "
                                  "it, or serves another directory",
                                  host));
}

void HostRunner::keep_alive(Exchange& exchange) {
    if (Clock::now() - exchange.last_sign < kBetweenSigns) {
        return;
    }
    // A failure shows at the next answer, too.
    static_cast<void>(put(exchange.file(RequestFileKind::alive), "", exchange.stop));
    exchange.last_sign = Clock::now();
}

// Waits for the end for a moment, so that the next request of this stanza finds no other run.
// The host cancels a run by itself when its node gives no sign of life.
void HostRunner::cancel(Exchange& exchange) {
    const auto deadline = Clock::now() + kLongestCancel;
    const auto left = [&] {
        return std::max(std::chrono::duration_cast<milliseconds>(deadline - Clock::now()),
                        kShortestCancel);
    };
    const auto put = this->put(exchange.file(RequestFileKind::cancel), "", {}, left());
    if (!put || !put->succeeded()) {
        return;
    }
    while (Clock::now() < deadline) {
        const auto answer = next_answer(exchange, {}, left());
        if (!answer) {
            return;
        }
        if (!*answer) {
            pause(kFirstPoll, {});
            continue;
        }
        exchange.take(**answer);
        if ((*answer)->is_last()) {
            static_cast<void>(this->put(exchange.file(RequestFileKind::read), "", {}, left()));
            return;
        }
    }
}

Result<Run> HostRunner::put(const RequestFile& file, const std::string& content,
                            const std::stop_token& stop, milliseconds longest) {
    // Without an encryption that the host's citus-init would have to undo.
    return local_->run({{kShortTimeout, "--raw", "repo-put",
                         fmt::format("{}/{}", kRequestDirectory, request_file_name(file))},
                        content},
                       longest, stop);
}

Result<Run> HostRunner::get(const RequestFile& file, const std::stop_token& stop,
                            milliseconds longest) {
    return local_->run({{kShortTimeout, "--raw", "--ignore-missing", "repo-get",
                         fmt::format("{}/{}", kRequestDirectory, request_file_name(file))}},
                       longest, stop);
}

std::unique_ptr<Runner> make_runner(const settings::BackupSettings& settings,
                                    std::string configuration,
                                    std::function<std::string()> node_host) {
    auto local = make_child_runner(configuration, settings.cipher_pass);
    if (!settings.has_host()) {
        return local;
    }
    return std::make_unique<HostRunner>(std::move(local), settings, std::move(configuration),
                                        std::move(node_host));
}

}  // namespace citus_init::backup
