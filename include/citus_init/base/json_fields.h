#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace citus_init {

// A field of a JSON object that others may have written; nothing where it is missing, of another
// kind, or where there is no object. Never throws, unlike nlohmann::json's value(). `Json` is an
// nlohmann::json, which only those who parse one have to know.

template <typename Json>
std::string text_at(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->template get<std::string>()
                                                       : std::string{};
}

template <typename Json>
std::optional<std::int64_t> number_at(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_number_integer()
               ? std::optional(found->template get<std::int64_t>())
               : std::nullopt;
}

template <typename Json>
bool flag_at(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_boolean() && found->template get<bool>();
}

// For files and for people: indented, a line break at the end. Text that is no UTF-8, for instance
// a server's message that is quoted, is replaced; never throws.
template <typename Json>
std::string json_text(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace citus_init
