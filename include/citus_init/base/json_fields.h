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

}  // namespace citus_init
