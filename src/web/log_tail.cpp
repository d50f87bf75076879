#include "web/log_tail.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

namespace citus_init::web {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLines = 500;
constexpr std::size_t kLongestText = 2000;

// As the page numbers them.
int level_at(const Json& object) {
    constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
    const std::string level = text_at(object, "level");
    const auto* const found = std::find(kLevels.begin(), kLevels.end(), level);
    return level == "fatal"         ? 3
           : found == kLevels.end() ? 1
                                    : static_cast<int>(found - kLevels.begin());
}

template <typename Lines>
std::string array_of(const Lines& lines) {
    std::string array;
    for (const std::string& line : lines) {
        array += (array.empty() ? "[" : ",") + line;
    }
    return array.empty() ? "" : array + "]";
}

}  // namespace

std::string tail_line(std::string_view object) {
    const Json parsed = Json::parse(object, nullptr, false);
    std::string text = text_at(parsed, "msg");
    if (text.empty()) {
        return "";
    }
    const Json record = parsed.value("record", Json::object());
    for (const char* part : {"detail", "hint"}) {
        if (const std::string more = text_at(record, part); !more.empty()) {
            text += "; " + more;
        }
    }
    const std::string logger = text_at(parsed, "logger");
    const Json line{{"time", text_at(parsed, "ts")},
                    {"level", level_at(parsed)},
                    {"text", logger + ": " + text.substr(0, kLongestText)}};
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string LogTail::take() {
    std::vector<std::string> fresh;
    std::array<char, 65536> buffer{};
    // As many as one call of the listener's may take.
    while (feed_ >= 0 && fresh.size() < kMostLines) {
        const auto count = ::recv(feed_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count <= 0) {
            break;
        }
        const std::string_view object(buffer.data(), static_cast<std::size_t>(count));
        if (std::string line = tail_line(object); !line.empty()) {
            fresh.push_back(std::move(line));
            continue;
        }
        const auto dropped = number_at(Json::parse(object, nullptr, false), "dropped").value_or(0);
        dropped_ += static_cast<std::uint64_t>(std::max<std::int64_t>(dropped, 0));
    }
    lines_.insert(lines_.end(), fresh.begin(), fresh.end());
    lines_.erase(lines_.begin(),
                 lines_.end() - static_cast<std::ptrdiff_t>(std::min(lines_.size(), kMostLines)));
    return array_of(fresh);
}

std::string LogTail::all() const {
    return array_of(lines_);
}

}  // namespace citus_init::web
