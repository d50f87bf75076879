#include "citus_init/base/log.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "citus_init/base/bounded_output.h"
#include "citus_init/base/log_feed.h"
#include "citus_init/base/text.h"

namespace citus_init::log {

namespace {

// spdlog's own levels, so that a filter costs one comparison.
spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

const char* level_name(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "info";
}

// stderr, which process 1 must never wait for.
class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t text;
        formatter_->format(message, text);
        static_cast<void>(output_.write({text.data(), text.size()}));
    }
    void flush_() override {}

  private:
    BoundedOutput output_{STDERR_FILENO};
};

struct Sink {
    std::shared_ptr<spdlog::logger> logger;
    Options options;
};

FeedWriter& feed() {
    static FeedWriter writer(-1);
    return writer;
}

std::shared_ptr<spdlog::logger> make_logger(const Options& options) {
    // One writer per process and no colour: container logs are files more often than terminals.
    auto logger = std::make_shared<spdlog::logger>("citus-init", std::make_shared<StderrSink>());
    logger->set_level(spdlog_level(options.level));
    if (options.format == Format::text) {
        // PostgreSQL's own log_line_prefix '%m [%p] ', so that both read as one log.
        logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
            "%Y-%m-%d %H:%M:%S.%e UTC [%P] citus-init: %v", spdlog::pattern_time_type::utc));
    } else {
        logger->set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc));
    }
    return logger;
}

Sink& sink() {
    static Sink instance{make_logger({}), {}};
    return instance;
}

std::string utc_timestamp() {
    using std::chrono::system_clock;
    const auto now = system_clock::now();
    const std::time_t seconds = system_clock::to_time_t(now);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() %
        1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       milliseconds);
}

std::string json_line(const Options& options, Level level, std::string_view message) {
    nlohmann::ordered_json line;
    line["ts"] = utc_timestamp();
    line["level"] = level_name(level);
    line["logger"] = "citus-init";
    line["msg"] = message;
    line["pid"] = ::getpid();
    if (!options.node.empty()) {
        line["node"] = options.node;
    }
    if (!options.role.empty()) {
        line["role"] = options.role;
    }
    // A message may quote bytes that are no UTF-8 (a file name): replaced, never thrown.
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string text_line(Level level, std::string_view message) {
    std::string line = level == Level::info ? "" : to_upper(level_name(level)) + ": ";
    for (const char c : message) {
        line += c;
        if (c == '\n') {
            line += "    ";
        }
    }
    return line;
}

std::string formatted(Level level, std::string_view message) {
    const auto& options = sink().options;
    return options.format == Format::json ? json_line(options, level, message)
                                          : text_line(level, message);
}

}  // namespace

void configure(const Options& options) {
    sink() = Sink{make_logger(options), options};
}

bool enabled(Level level) {
    return sink().logger->should_log(spdlog_level(level));
}

Format format() {
    return sink().options.format;
}

std::string line(Level level, std::string_view message) {
    return formatted(level, message) + "\n";
}

void write(Level level, std::string_view message) {
    if (!enabled(level)) {
        return;
    }
    const auto& logger = sink().logger;
    logger->log(spdlog_level(level), "{}", formatted(level, message));
    logger->flush();
    if (feed().has_room()) {
        feed().write(json_line(sink().options, level, message));
    }
}

void copy_to_feed(int descriptor) {
    feed() = FeedWriter(descriptor);
}

}  // namespace citus_init::log
