#include "citus_init/supervisor/log_relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/ha/patroni/exit_diagnosis.h"

#include "supervisor/feed_copy.h"
#include "supervisor/json_log.h"
#include "supervisor/log_writer.h"

namespace citus_init::supervisor {

namespace {

constexpr std::string_view kReadyLine = "database system is ready to accept connections";
constexpr std::string_view kBootstrapReadyLine = "bootstrap server is ready on its Unix socket";

// What a mode does, and its name as the argument of relay-log.
struct Treatment {
    RelayMode mode;
    const char* name;
    bool as_json;
    bool of_bootstrap;        // the ready line is reworded
    bool leaves_out_routine;  // of that server
    bool of_patroni;          // its failures are reported
};

constexpr std::array<Treatment, 10> kTreatments{{
    {RelayMode::bootstrap, "bootstrap", false, true, true, false},
    {RelayMode::bootstrap_all, "bootstrap-all", false, true, false, false},
    {RelayMode::initdb, "initdb", false, false, false, false},
    {RelayMode::text, "text", false, false, false, false},
    {RelayMode::json, "json", true, false, false, false},
    {RelayMode::bootstrap_json, "bootstrap-json", true, true, true, false},
    {RelayMode::bootstrap_json_all, "bootstrap-json-all", true, true, false, false},
    {RelayMode::patroni, "patroni", false, false, false, true},
    {RelayMode::patroni_json, "patroni-json", true, false, false, true},
    {RelayMode::scripts_json, "scripts-json", true, false, false, false},
}};

const Treatment& treatment_of(RelayMode mode) {
    return *std::find_if(kTreatments.begin(), kTreatments.end(),
                         [&](const Treatment& each) { return each.mode == mode; });
}

// Null: there is no such mode.
const Treatment* find_treatment(std::string_view name) {
    const auto* const found =
        std::find_if(kTreatments.begin(), kTreatments.end(),
                     [&](const Treatment& each) { return each.name == name; });
    return found == kTreatments.end() ? nullptr : found;
}

std::string reworded(std::string line) {
    if (const auto at = line.find(kReadyLine); at != std::string::npos) {
        line.replace(at, kReadyLine.size(), kBootstrapReadyLine);
    }
    return line;
}

// What the server logs of each start and stop, Citus' part included.
constexpr std::array<std::string_view, 13> kRoutine{
    "There is no designated Main database",
    "number of prepared transactions has not been configured",
    "starting PostgreSQL ",
    "listening on ",
    "database system was shut down at ",
    "starting maintenance daemon on database ",
    "received fast shutdown request",
    "aborting any active transactions",
    "background worker \"logical replication launcher\"",
    "shutting down",
    "checkpoint starting:",
    "checkpoint complete:",
    "database system is shut down",
};

bool is_routine(std::string_view line) {
    constexpr std::string_view kSeverity = "LOG:  ";
    const auto at = line.find(kSeverity);
    if (at == std::string_view::npos) {
        return false;
    }
    const auto text = line.substr(at + kSeverity.size());
    return std::any_of(kRoutine.begin(), kRoutine.end(),
                       [&](std::string_view start) { return text.starts_with(start); });
}

// A tab, or a part of its own with the prefix: "... [42] DETAIL:  text".
bool belongs_to_the_message_before(std::string_view line) {
    constexpr std::array<std::string_view, 5> kParts{
        "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "STATEMENT:  ", "QUERY:  "};
    return line.starts_with('\t') || std::any_of(kParts.begin(), kParts.end(), [&](auto part) {
               const auto at = line.find(part);
               return at != std::string_view::npos && line.find(":  ") == at + part.size() - 3;
           });
}

// A report that does not fit is not worth a wait: the next one reports as much.
void report_of_failure(std::string_view line) {
    if (auto failure = patroni::failure_in(line)) {
        *failure += '\n';
        [[maybe_unused]] const ssize_t sent =
            ::send(STDOUT_FILENO, failure->data(), failure->size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

}  // namespace

const char* relay_mode_name(RelayMode mode) {
    return treatment_of(mode).name;
}

std::string without_initdb_password(std::string_view line) {
    constexpr std::string_view kStatement = "ALTER USER \"";
    constexpr std::string_view kPassword = "\" WITH PASSWORD E'";
    const auto statement = line.find(kStatement);
    const auto password = line.find(kPassword, std::min(statement, line.size()));
    return password == std::string_view::npos
               ? std::string(line)
               : std::string(line.substr(0, password + kPassword.size())) + "***';";
}

LogLines::LogLines(RelayMode mode, const std::string& node, const std::string& role,
                   const std::string& token)
    : of_bootstrap_(treatment_of(mode).of_bootstrap),
      leaves_out_(treatment_of(mode).leaves_out_routine) {
    if (treatment_of(mode).as_json) {
        const bool of_scripts = mode == RelayMode::scripts_json;
        json_ = std::make_unique<JsonLog>(
            LogOrigin{node, role, of_scripts ? "init-scripts" : "postgres"}, token);
    }
}

LogLines::~LogLines() = default;

bool LogLines::is_left_out(std::string_view line) {
    if (leaves_out_ && !belongs_to_the_message_before(line)) {
        leaving_out_ = is_routine(line);
    }
    return leaving_out_;
}

std::string LogLines::take(std::string_view line) {
    if (is_left_out(line)) {
        return flush();
    }
    const std::string text =
        of_bootstrap_ ? reworded(std::string(line)) : without_initdb_password(line);
    return json_ ? json_->take(text) : text + "\n";
}

std::string LogLines::flush() {
    return json_ ? json_->flush() : "";
}

namespace {

// Blocks as write(2) does. An error is ignored, so that the server never blocks on a log that
// nobody reads.
void write_to_stderr(std::string_view text) {
    static_cast<void>(write_all(STDERR_FILENO, text, "stderr"));
}

// Where the lines go. As text straight to stderr, which may make the server wait for whoever reads
// that, as it does without us; as JSON by a writer that waits instead.
class Output {
  public:
    // write() and finish() report dropped lines to `dropped`.
    Output(bool as_json, std::function<void(std::uint64_t lines)> dropped) {
        constexpr std::size_t kCapacity = 2UL << 20U;
        if (as_json) {
            writer_ = std::make_unique<LogWriter>(STDERR_FILENO, kCapacity,
                                                  [dropped = std::move(dropped)](auto lines) {
                                                      dropped(lines);
                                                      return dropped_line(lines);
                                                  });
        }
    }

    void write(std::string text) {
        writer_ ? writer_->write(std::move(text)) : write_to_stderr(text);
    }

    // A reader that takes nothing any more holds no stop.
    void finish() {
        constexpr std::chrono::seconds kTimeout{2};
        if (writer_) {
            static_cast<void>(writer_->finish(kTimeout));
        }
    }

  private:
    static std::string dropped_line(std::uint64_t dropped) {
        return log::line(log::Level::warning,
                         fmt::format("{} lines of the log were dropped: whoever reads this "
                                     "container's stderr is too slow",
                                     dropped));
    }

    std::unique_ptr<LogWriter> writer_;
};

// Whether more comes at once: then a message may go on.
bool more_comes() {
    constexpr int kPause = 5;  // milliseconds
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, kPause) == 1 && (input.revents & POLLIN) != 0;
}

class LogRelay {
  public:
    LogRelay(const Treatment& treatment, const std::string& node, const std::string& role,
             std::string token)
        : treatment_(treatment),
          token_(std::move(token)),
          lines_(treatment.mode, node, role, token_),
          feed_(treatment.as_json, {node, role}),
          output_(treatment.as_json, [this](std::uint64_t lines) { feed_.note_dropped(lines); }) {}

    void run() {
        std::array<char, 65536> buffer{};
        for (;;) {
            const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count <= 0) {
                break;
            }
            pending_.append(buffer.data(), static_cast<std::size_t>(count));
            pass_lines_on();
            if (pending_.empty() && !more_comes()) {
                flush();
            }
        }
        if (!pending_.empty()) {
            pass_on(lines_.take(pending_));
        }
        flush();
        output_.finish();
    }

  private:
    // The complete ones.
    void pass_lines_on() {
        if (treatment_.mode == RelayMode::text) {
            const std::size_t end = pending_.rfind('\n') + 1;  // 0 without a newline
            pass_on(pending_.substr(0, end));
            pending_.erase(0, end);
            return;
        }
        std::string finished;  // in one piece: the writer's thread is woken once
        std::size_t start = 0;
        for (std::size_t end = pending_.find('\n'); end != std::string::npos;
             end = pending_.find('\n', start)) {
            const auto line = std::string_view(pending_).substr(start, end - start);
            finished += lines_.take(line);
            if (treatment_.of_patroni) {
                report_of_failure(
                    line.substr(line.starts_with(token_) ? token_.size() : std::size_t{0}));
            }
            start = end + 1;
        }
        pending_.erase(0, start);
        pass_on(std::move(finished));
    }

    void pass_on(std::string text) {
        feed_.take(text);
        output_.write(std::move(text));
    }

    // A message may have ended.
    void flush() {
        pass_on(lines_.flush());
        feed_.flush();
    }

    const Treatment& treatment_;
    const std::string token_;
    LogLines lines_;
    FeedCopy feed_;
    Output output_;
    std::string pending_;
};

}  // namespace

int run_relay_log(const std::vector<std::string>& arguments) {
    constexpr std::size_t kMostArguments = 3;
    const auto* const treatment = arguments.empty() || arguments.size() > kMostArguments
                                      ? nullptr
                                      : find_treatment(arguments[0]);
    if (treatment == nullptr) {
        return static_cast<int>(ExitCode::usage);
    }
    // Ends with the server's last line, not with a signal that was meant for the server, nor
    // because nobody reads.
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGPIPE}) {
        static_cast<void>(::signal(signal, SIG_IGN));
    }
    const std::string node = arguments.size() > 1 ? arguments[1] : "";
    const std::string role = arguments.size() > 2 ? arguments[2] : "";
    if (treatment->as_json) {
        log::configure({log::Level::info, log::Format::json, node, role});
    }
    const char* const token = std::getenv(kLogTokenVariable);
    LogRelay(*treatment, node, role, token == nullptr ? "" : token).run();
    return 0;
}

}  // namespace citus_init::supervisor
