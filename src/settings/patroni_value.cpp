#include "settings/patroni_value.h"

#include <algorithm>
#include <regex>
#include <set>

#include <fmt/core.h>

namespace citus_init::settings {

namespace {

constexpr std::uint16_t kEtcdPort = 2379;

bool consists_of(std::string_view text, std::string_view more, bool upper_case) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               (upper_case && c >= 'A' && c <= 'Z') || more.find(c) != std::string_view::npos;
    });
}

bool is_number(const std::string& text) {
    static const std::regex number("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,17})?");
    return std::regex_match(text, number);
}

}  // namespace

Parsed<std::string> parse_scope(std::string_view text) {
    const std::string_view scope = trim(text);
    if (!consists_of(scope, "._-", true)) {
        return complain("is not a name for a cluster", "Use letters, digits, '.', '_' and '-'");
    }
    return std::string(scope);
}

Parsed<std::string> parse_namespace(std::string_view text) {
    std::string path(trim(text));
    if (!consists_of(path, "._-/", true)) {
        return complain("is not a path in the configuration store", "Write it as /service/");
    }
    if (path.front() != '/') {
        path.insert(0, 1, '/');
    }
    if (path.back() != '/') {
        path += '/';
    }
    return path;
}

Parsed<std::string> parse_member_name(std::string_view text) {
    constexpr std::size_t kLongest = 63;  // NAMEDATALEN - 1: it names a replication slot
    const std::string_view name = trim(text);
    if (!consists_of(name, "-", false) || name.size() > kLongest) {
        return complain(
            "is not a name for a member",
            fmt::format("Use lower-case letters, digits and '-', {} at most, another one for "
                        "each member",
                        kLongest));
    }
    return std::string(name);
}

Parsed<ListenAddress> parse_listen_address(std::string_view text) {
    const std::string_view all = trim(text);
    const auto colon = all.rfind(':');
    const std::string_view hosts = all.substr(0, std::min(colon, all.size()));
    if (colon == std::string_view::npos || !consists_of(hosts, ".,:-*[]_", true)) {
        return complain("is not an address to listen at", "Write it as 0.0.0.0:PORT");
    }
    auto port = parse_port(all.substr(colon + 1));
    if (!port) {
        return complain("has no port at its end", "Write it as 0.0.0.0:PORT");
    }
    return ListenAddress{std::string(hosts), *port};
}

Parsed<HostPort> parse_connect_address(std::string_view text) {
    const auto parsed = parse_host_list(text);
    if (!parsed || parsed->size() != 1) {
        return complain("is not host:port", "Write the name that other nodes know, and the port");
    }
    if (is_loopback(parsed->front().host)) {
        return complain("is a loopback address, which other nodes cannot reach",
                        "Set it to a name of this node that resolves on every node");
    }
    return parsed->front();
}

Parsed<std::vector<HostPort>> parse_etcd_hosts(std::string_view text) {
    std::string list(trim(text));
    const bool is_quoted = list.find_first_of("'\"") != std::string::npos;
    if (is_quoted && list.front() == '[' && list.back() == ']') {
        list = list.substr(1, list.size() - 2);
    }
    std::erase_if(list, [](char c) { return c == '\'' || c == '"'; });
    return parse_host_list(list, kEtcdPort);
}

Parsed<std::string> parse_word(std::string_view text) {
    const std::string_view word = trim(text);
    if (std::any_of(word.begin(), word.end(),
                    [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; })) {
        return complain("contains white space or control characters", "Write one word");
    }
    return std::string(word);
}

Parsed<Secret> parse_secret_line(std::string_view text) {
    if (text.find_first_of(std::string_view("\n\0", 2)) != std::string_view::npos) {
        return complain("contains a line break, and a password has one line",
                        "Choose a password of one line");
    }
    return Secret(std::string(text));
}

Parsed<std::chrono::seconds> parse_seconds(std::string_view text, int least, int most) {
    const auto parsed =
        parse_duration(text, std::chrono::seconds(least), std::chrono::seconds(most));
    if (!parsed) {
        return tl::unexpected(parsed.error());
    }
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
    if (whole != *parsed) {
        return complain("is not a whole number of seconds", "Patroni counts in seconds");
    }
    return whole;
}

YamlValue typed(const YamlNode& node) {
    YamlValue value;
    switch (node.kind) {
        case YamlNode::Kind::null:
            break;
        case YamlNode::Kind::scalar: {
            static const std::set<std::string> yes{"true", "yes", "on"};
            static const std::set<std::string> no{"false", "no", "off"};
            const std::string word = to_lower(node.scalar);
            if (node.quoted) {
                value = YamlValue::string(node.scalar);
            } else if (yes.contains(word) || no.contains(word)) {
                value = YamlValue::boolean(yes.contains(word));
            } else {
                value = YamlValue::string(node.scalar);
                value.kind =
                    is_number(node.scalar) ? YamlValue::Kind::plain : YamlValue::Kind::text;
            }
            break;
        }
        case YamlNode::Kind::list:
            value.kind = YamlValue::Kind::list;
            for (const YamlNode& item : node.items) {
                value.items.push_back(typed(item));
            }
            break;
        case YamlNode::Kind::map:
            value.kind = YamlValue::Kind::map;
            for (const auto& [key, member] : node.members) {
                value.members.push_back({key, typed(member)});
            }
            break;
    }
    value.line = node.line;
    return value;
}

std::string repeated_key(const YamlNode& node) {
    std::set<std::string> seen;
    for (const auto& [key, member] : node.members) {
        if (!seen.insert(key).second) {
            return key;
        }
        if (const std::string below = repeated_key(member); !below.empty()) {
            return fmt::format("{}.{}", key, below);
        }
    }
    for (const YamlNode& item : node.items) {
        if (std::string below = repeated_key(item); !below.empty()) {
            return below;
        }
    }
    return "";
}

}  // namespace citus_init::settings
