#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace citus_init::supervisor {

// The text of a JSON object, in the order of the calls. Keys are plain words, each once. Bytes that
// are no UTF-8 become U+FFFD. Text without a character to escape, nearly all of a log, costs a
// copy.
class JsonObject {
  public:
    void put(std::string_view key, std::string_view value);
    void put_unless_empty(std::string_view key, std::string_view value) {
        if (!value.empty()) {
            put(key, value);
        }
    }
    // A number, or what another object's text() was.
    void put_json(std::string_view key, std::string_view json);

    std::string text() && { return std::move(text_ += '}'); }

  private:
    void begin(std::string_view key);

    std::string text_ = "{";
};

}  // namespace citus_init::supervisor
