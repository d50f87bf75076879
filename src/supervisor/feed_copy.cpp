#include "supervisor/feed_copy.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::supervisor {

FeedCopy::FeedCopy(bool as_json, const LogOrigin& origin) : writer_(log::inherited_feed()) {
    if (!as_json) {
        json_.emplace(origin);
    }
}

void FeedCopy::take(std::string_view lines) {
    if (!writer_.has_room()) {
        return;
    }
    for (auto end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
        const auto line = lines.substr(0, end);
        write(json_ ? json_->take(line) : std::string(line));
        lines.remove_prefix(end + 1);
    }
}

void FeedCopy::flush() {
    if (json_) {
        write(json_->flush());
    }
}

void FeedCopy::note_dropped(std::uint64_t lines) {
    writer_.write(fmt::format(R"({{"dropped":{}}})", lines));
}

void FeedCopy::write(const std::string& objects) {
    for (const std::string& object : split(objects, '\n')) {
        if (!object.empty()) {
            writer_.write(object);
        }
    }
}

}  // namespace citus_init::supervisor
