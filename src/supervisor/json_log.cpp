#include "supervisor/json_log.h"

#include <array>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/exit_diagnosis.h"

namespace citus_init::supervisor {

namespace {

using Json = nlohmann::ordered_json;

const char* level_of(std::string_view severity) {
    if (severity.starts_with("DEBUG")) {
        return "debug";
    }
    if (severity == "WARNING") {
        return "warning";
    }
    if (severity == "ERROR" || severity == "FATAL" || severity == "CRITICAL") {
        return "error";
    }
    return severity == "PANIC" ? "fatal" : "info";
}

// By the names of the columns of PostgreSQL's CSV log; "" where it has none.
const char* column_of(std::string_view part) {
    constexpr std::array<std::pair<std::string_view, const char*>, 7> kColumns{
        {{"DETAIL", "detail"},
         {"HINT", "hint"},
         {"QUERY", "internal_query"},
         {"CONTEXT", "context"},
         {"LOCATION", "location"},
         {"BACKTRACE", "backtrace"},
         {"STATEMENT", "query"}}};
    for (const auto& [name, column] : kColumns) {
        if (name == part) {
            return column;
        }
    }
    return "";
}

void put(Json& object, const char* key, const std::string& value) {
    if (!value.empty()) {
        object[key] = value;
    }
}

void put_number(Json& object, const char* key, const std::string& value) {
    constexpr long long kLargest = 1LL << 53U;
    if (const auto number = parse_integer(value, 0, kLargest)) {
        object[key] = *number;
    }
}

std::string line_of(Json& object, const LogOrigin& origin) {
    put(object, "node", origin.node);
    put(object, "role", origin.role);
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Json record_of(const ServerLogLine& message) {
    Json record;
    record["error_severity"] = message.severity;
    put(record, "sql_state_code", message.sqlstate);
    put(record, "user_name", message.user);
    put(record, "database_name", message.database);
    put(record, "application_name", message.application);
    put(record, "backend_type", message.backend_type);
    put(record, "query_id", message.query_id);
    return record;
}

}  // namespace

bool JsonLog::is_marked(std::string_view line) const {
    return !token_.empty() && line.starts_with(token_);
}

std::string JsonLog::take(std::string_view line) {
    constexpr std::size_t kLongest = 4096;  // a name has 63 bytes at most
    if (begun_.empty()) {
        return is_marked(line) ? take_marked(line) : take_unmarked(line);
    }
    if (is_marked(line) || begun_.size() > kLongest) {
        std::string finished = flush();  // first
        return finished += take(line);
    }
    return take_marked(fmt::format("{}\n{}", begun_, line));
}

std::string JsonLog::take_marked(std::string_view line) {
    was_marked_ = true;
    begun_.clear();
    const auto text = line.substr(token_.size());
    if (patroni::parse_log_line(text)) {
        return flush() + object_of(text, true);
    }
    auto message = parse_marked_log_line(line, token_);
    if (!message) {
        begun_ = line;
        return "";
    }
    return take_message(std::move(*message));
}

std::string JsonLog::take_unmarked(std::string_view line) {
    if (message_ && line.starts_with('\t')) {
        (parts_.empty() ? message_->text : parts_.back().second) +=
            "\n" + std::string(line.substr(1));
        return "";
    }
    auto message = was_marked_ ? std::nullopt : parse_default_log_line(line);
    return message ? take_message(std::move(*message)) : flush() + object_of(line, !was_marked_);
}

std::string JsonLog::take_message(ServerLogLine message) {
    if (message_ && message.is_part() && message.pid == message_->pid) {
        parts_.emplace_back(std::move(message.severity), std::move(message.text));
        return "";
    }
    std::string finished = flush();
    message_ = std::move(message);
    return finished;
}

std::string JsonLog::flush() {
    std::string finished = flush_message();
    if (!begun_.empty()) {
        finished += object_of(std::exchange(begun_, {}).substr(token_.size()), false);
    }
    return finished;
}

std::string JsonLog::flush_message() {
    if (!message_) {
        return "";
    }
    Json object;
    put(object, "ts", message_->time);
    object["level"] = level_of(message_->severity);
    object["logger"] = "postgres";
    object["msg"] = message_->text;
    put_number(object, "pid", message_->pid);
    Json record = record_of(*message_);
    for (const auto& [part, text] : parts_) {
        record[column_of(part)] = text;
    }
    object["record"] = std::move(record);
    message_.reset();
    parts_.clear();
    return line_of(object, origin_);
}

std::string JsonLog::object_of(std::string_view line, bool is_trusted) const {
    if (trim(line).empty()) {
        return "";
    }
    Json object;
    const auto of_patroni = is_trusted ? patroni::parse_log_line(line) : std::nullopt;
    if (of_patroni) {
        object["ts"] = of_patroni->time;
        object["level"] = level_of(of_patroni->level);
        object["logger"] = "patroni";
        object["msg"] = of_patroni->text;
    } else {
        object["level"] = "info";
        object["logger"] = origin_.logger;
        object["msg"] = line;
    }
    return line_of(object, origin_);
}

}  // namespace citus_init::supervisor
