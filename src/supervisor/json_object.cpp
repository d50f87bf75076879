#include "supervisor/json_object.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace citus_init::supervisor {

namespace {

bool is_plain(char c) {
    return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
}

}  // namespace

void JsonObject::begin(std::string_view key) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_ += key;
    text_ += "\":";
}

void JsonObject::put(std::string_view key, std::string_view value) {
    begin(key);
    if (std::all_of(value.begin(), value.end(), is_plain)) {
        text_ += '"';
        text_ += value;
        text_ += '"';
    } else {
        text_ +=
            nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
}

void JsonObject::put_json(std::string_view key, std::string_view json) {
    begin(key);
    text_ += json;
}

}  // namespace citus_init::supervisor
