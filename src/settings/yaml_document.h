#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace citus_init::settings {

struct YamlNodeMember;

// A YAML document as plain data.
struct YamlNode {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    std::string scalar;
    bool quoted = false;  // or tagged: a string whatever it looks like
    std::vector<YamlNode> items;
    std::vector<YamlNodeMember> members;  // in the file's order, keys may repeat
    int line = 0;                         // from 1
};

struct YamlNodeMember {
    std::string key;
    YamlNode value;
};

struct YamlError {
    int line = 0;  // from 1; 0 = no place in particular
    int column = 0;
    std::string reason;  // quotes nothing of the text, which may hold secrets
};

// The one place that meets yaml-cpp and its exceptions. An empty text is a null node.
[[nodiscard]] tl::expected<YamlNode, YamlError> parse_yaml(const std::string& text);

}  // namespace citus_init::settings
