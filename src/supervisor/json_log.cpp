#include "supervisor/json_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/exit_diagnosis.h"

#include "supervisor/json_object.h"

namespace citus_init::supervisor {

namespace {

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

std::string number_in(const std::string& text) {
    constexpr long long kLargest = 1LL << 53U;
    const auto number = parse_integer(text, 0, kLargest);
    return number ? std::to_string(*number) : "";
}

std::string line_of(JsonObject object, const LogOrigin& origin) {
    object.put_unless_empty("node", origin.node);
    object.put_unless_empty("role", origin.role);
    return std::move(object).text() + "\n";
}

JsonObject record_of(const ServerLogLine& message) {
    JsonObject record;
    record.put("error_severity", message.severity);
    record.put_unless_empty("sql_state_code", message.sqlstate);
    record.put_unless_empty("user_name", message.user);
    record.put_unless_empty("database_name", message.database);
    record.put_unless_empty("application_name", message.application);
    record.put_unless_empty("backend_type", message.backend_type);
    record.put_unless_empty("query_id", message.query_id);
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
    const auto has_part = [this](const std::string& name) {
        return std::any_of(parts_.begin(), parts_.end(),
                           [&](const auto& part) { return part.first == name; });
    };
    if (message_ && message.is_part() && message.pid == message_->pid &&
        !has_part(message.severity)) {
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
    JsonObject object;
    object.put_unless_empty("ts", message_->time);
    object.put("level", level_of(message_->severity));
    object.put("logger", "postgres");
    object.put("msg", message_->text);
    if (const std::string pid = number_in(message_->pid); !pid.empty()) {
        object.put_json("pid", pid);
    }
    JsonObject record = record_of(*message_);
    for (const auto& [part, text] : parts_) {
        record.put(column_of(part), text);
    }
    object.put_json("record", std::move(record).text());
    message_.reset();
    parts_.clear();
    return line_of(std::move(object), origin_);
}

std::string JsonLog::object_of(std::string_view line, bool is_trusted) const {
    if (trim(line).empty()) {
        return "";
    }
    JsonObject object;
    const auto of_patroni = is_trusted ? patroni::parse_log_line(line) : std::nullopt;
    if (of_patroni) {
        object.put("ts", of_patroni->time);
        object.put("level", level_of(of_patroni->level));
        object.put("logger", "patroni");
        object.put("msg", of_patroni->text);
    } else {
        object.put("level", "info");
        object.put("logger", origin_.logger);
        object.put("msg", line);
    }
    return line_of(std::move(object), origin_);
}

}  // namespace citus_init::supervisor
