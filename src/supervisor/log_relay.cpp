#include "citus_init/supervisor/log_relay.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/ha/patroni/exit_diagnosis.h"

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

constexpr std::array<Treatment, 8> kTreatments{{
    {RelayMode::bootstrap, "bootstrap", false, true, true, false},
    {RelayMode::bootstrap_all, "bootstrap-all", false, true, false, false},
    {RelayMode::initdb, "initdb", false, false, false, false},
    {RelayMode::json, "json", true, false, false, false},
    {RelayMode::bootstrap_json, "bootstrap-json", true, true, true, false},
    {RelayMode::bootstrap_json_all, "bootstrap-json-all", true, true, false, false},
    {RelayMode::patroni, "patroni", false, false, false, true},
    {RelayMode::patroni_json, "patroni-json", true, false, false, true},
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

// "2026-11-22 14:00:00.000 UTC [42] LOG:  text": PostgreSQL's default prefix and severity.
nlohmann::ordered_json as_json(std::string_view message) {
    nlohmann::ordered_json line;
    if (const auto of_patroni = patroni::parse_log_line(message)) {
        line["logger"] = "patroni";
        line["ts"] = of_patroni->time;
        line["level"] = of_patroni->level;
        line["msg"] = of_patroni->text;
        return line;
    }
    line["logger"] = "postgres";
    const auto bracket = message.find(" [");
    const auto close = message.find("] ", bracket == std::string_view::npos ? 0 : bracket);
    const auto colon = message.find(":  ", close == std::string_view::npos ? 0 : close);
    if (bracket == std::string_view::npos || close == std::string_view::npos ||
        colon == std::string_view::npos) {
        line["msg"] = message;
        return line;
    }
    line["ts"] = message.substr(0, bracket);
    line["pid"] = message.substr(bracket + 2, close - bracket - 2);
    line["level"] = message.substr(close + 2, colon - close - 2);
    line["msg"] = message.substr(colon + 3);
    return line;
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

void write_to_stderr(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return;  // nobody reads: swallowed, so that the server never blocks on its log
        }
        text.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
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

LogLines::LogLines(RelayMode mode)
    : as_json_(treatment_of(mode).as_json),
      of_bootstrap_(treatment_of(mode).of_bootstrap),
      leaves_out_(treatment_of(mode).leaves_out_routine) {}

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
    if (!as_json_) {
        return (of_bootstrap_ ? reworded(std::string(line)) : without_initdb_password(line)) + "\n";
    }
    if (!message_.empty() && !line.empty() && line.front() == '\t') {
        message_ += "\n" + std::string(line.substr(1));
        return "";
    }
    std::string finished = flush();
    message_ = of_bootstrap_ ? reworded(std::string(line)) : without_initdb_password(line);
    return finished;
}

std::string LogLines::flush() {
    if (message_.empty()) {
        return "";
    }
    std::string text =
        as_json(message_).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    message_.clear();
    return text;
}

int run_relay_log(const std::vector<std::string>& arguments) {
    const auto* const treatment = arguments.size() == 1 ? find_treatment(arguments[0]) : nullptr;
    if (treatment == nullptr) {
        return static_cast<int>(ExitCode::usage);
    }
    // Ends with the server's last line, not with a signal that was meant for the server.
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
        static_cast<void>(::signal(signal, SIG_IGN));
    }
    LogLines lines(treatment->mode);
    std::string pending;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        pending.append(buffer.data(), static_cast<std::size_t>(count));
        std::size_t start = 0;
        for (std::size_t end = pending.find('\n'); end != std::string::npos;
             end = pending.find('\n', start)) {
            const auto line = std::string_view(pending).substr(start, end - start);
            write_to_stderr(lines.take(line));
            if (treatment->of_patroni) {
                report_of_failure(line);
            }
            start = end + 1;
        }
        pending.erase(0, start);
        // What has come in one go is a whole message far more often than not.
        write_to_stderr(lines.flush());
    }
    write_to_stderr(pending.empty() ? lines.flush() : lines.take(pending) + lines.flush());
    return 0;
}

}  // namespace citus_init::supervisor
