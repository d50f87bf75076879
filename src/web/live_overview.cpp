#include "web/live_overview.h"

#include "citus_init/overview/overview.h"

namespace citus_init::web {

namespace {

// `json` is one line.
std::string event(const char* name, const std::string& json) {
    return std::string("event: ") + name + "\ndata: " + json + "\n\n";
}

}  // namespace

std::string LiveOverview::overview() const {
    return overview::to_json(overview::overview_of(sources_.status(), *sources_.snapshot(),
                                                   std::chrono::system_clock::now()));
}

http::ServerResponse LiveOverview::json() const {
    http::ServerResponse response;
    response.content_type = "application/json";
    response.body = overview() + "\n";
    return response;
}

http::ServerResponse LiveOverview::events() const {
    constexpr const char* kReconnect = "retry: 2000\n\n";  // milliseconds
    http::ServerResponse response;
    response.content_type = "text/event-stream";
    response.headers = {{"X-Accel-Buffering", "no"}};  // nginx would hold the events back
    response.is_stream = true;
    response.body = kReconnect + event("overview", overview());
    if (const std::string lines = log_.all(); !lines.empty()) {
        response.body += event("log", lines);
    }
    return response;
}

bool LiveOverview::is_due() {
    constexpr std::chrono::seconds kLongestSilence{15};
    const auto now = std::chrono::steady_clock::now();
    std::string status = status::to_json(sources_.status());
    auto snapshot = sources_.snapshot();
    if (status == last_status_ && snapshot == last_snapshot_ &&
        now - last_sent_ < kLongestSilence) {
        return false;
    }
    last_status_ = std::move(status);
    last_snapshot_ = std::move(snapshot);
    last_sent_ = now;
    return true;
}

std::string LiveOverview::next_events(bool has_streams) {
    const std::string lines = log_.take();
    if (!has_streams) {
        return "";
    }
    return (lines.empty() ? "" : event("log", lines)) +
           (is_due() ? event("overview", overview()) : "");
}

}  // namespace citus_init::web
