#include "citus_init/settings/yaml_value.h"

#include <algorithm>

namespace citus_init::settings {

YamlValue::YamlValue() = default;
YamlValue::~YamlValue() = default;
YamlValue::YamlValue(const YamlValue&) = default;
YamlValue::YamlValue(YamlValue&&) noexcept = default;
YamlValue& YamlValue::operator=(const YamlValue&) = default;
YamlValue& YamlValue::operator=(YamlValue&&) noexcept = default;

// Not defaulted: Clang 14 cannot parse that here.
bool YamlValue::operator==(const YamlValue& other) const {
    return kind == other.kind && text == other.text && secret == other.secret &&
           items == other.items && members == other.members && line == other.line;
}

YamlValue YamlValue::boolean(bool value) {
    return plain_word(value ? "true" : "false");
}

YamlValue YamlValue::number(long long value) {
    return plain_word(std::to_string(value));
}

YamlValue YamlValue::plain_word(std::string word) {
    YamlValue result;
    result.kind = Kind::plain;
    result.text = std::move(word);
    return result;
}

YamlValue YamlValue::string(std::string value) {
    YamlValue result;
    result.kind = Kind::text;
    result.text = std::move(value);
    return result;
}

YamlValue YamlValue::hidden(Secret value) {
    YamlValue result;
    result.kind = Kind::secret;
    result.secret = std::move(value);
    return result;
}

YamlValue YamlValue::list_of(std::vector<YamlValue> items) {
    YamlValue result;
    result.kind = Kind::list;
    result.items = std::move(items);
    return result;
}

YamlValue YamlValue::map_of(std::vector<YamlMember> members) {
    YamlValue result;
    result.kind = Kind::map;
    result.members = std::move(members);
    return result;
}

const YamlValue* YamlValue::find(const std::string& key) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&key](const YamlMember& member) { return member.key == key; });
    return found == members.end() ? nullptr : &found->value;
}

YamlValue& YamlValue::at(const std::string& key) {
    kind = Kind::map;
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&key](const YamlMember& member) { return member.key == key; });
    if (found != members.end()) {
        return found->value;
    }
    members.push_back({key, {}});
    return members.back().value;
}

}  // namespace citus_init::settings
