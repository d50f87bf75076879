#include "settings/value.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <climits>
#include <fmt/core.h>

#include "citus_init/base/duration.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/utf8.h"

namespace citus_init::settings {

namespace {

using std::chrono::milliseconds;

// DNS allows 253 characters, an address fewer.
constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Numbers alone that are no IPv4 address: resolvers take 10.1 for 10.0.0.1. One number may be a
// container's id, which begins its host name.
bool is_wrong_ipv4(const std::vector<std::string>& labels) {
    const auto is_number = [](const std::string& label) {
        return !label.empty() && label.find_first_not_of("0123456789") == std::string::npos;
    };
    if (labels.size() < 2 || !std::all_of(labels.begin(), labels.end(), is_number)) {
        return false;
    }
    return labels.size() != 4 ||
           !std::all_of(labels.begin(), labels.end(),
                        [](const std::string& label) { return parse_integer(label, 0, 255); });
}

// Underscores stand in Compose service names. A slash would make libpq take it for a socket.
bool is_name(std::string_view host) {
    if (host.ends_with('.')) {
        host.remove_suffix(1);  // the root of DNS
    }
    const auto labels = split(host, '.');
    return host.size() <= kLongestHost && !is_wrong_ipv4(labels) &&
           std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
               return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
                      std::all_of(label.begin(), label.end(), [](char c) {
                          return is_letter_or_digit(c) || c == '-' || c == '_';
                      });
           });
}

// Only its shape: at least two colons between hexadecimal digits. Whether it is an address in
// truth is found when it is used.
bool is_ipv6(std::string_view host) {
    const std::string_view address = host.substr(0, host.find('%'));  // a link-local zone
    return std::count(address.begin(), address.end(), ':') >= 2 &&
           address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           host.find_first_of(" \t\r\n/[],") == std::string_view::npos;
}

// An entry is named by its number, not quoted: the list may come from a file that was named by
// mistake.
Parsed<HostPort> parse_host_port(std::string_view item, std::size_t entry,
                                 std::uint16_t default_port) {
    const auto bad_host = [entry] {
        return complain(fmt::format("is wrong in entry {}, which is not host[:port]", entry),
                        "Write host, host:port, [IPv6] or [IPv6]:port, separated by commas");
    };
    std::string_view host = item;
    std::string_view port;
    bool has_port = false;
    if (!item.empty() && item.front() == '[') {
        const auto end = item.find(']');
        if (end == std::string_view::npos || !is_ipv6(item.substr(1, end - 1))) {
            return bad_host();
        }
        host = item.substr(1, end - 1);
        port = item.substr(end + 1);
        has_port = !port.empty();
        if (has_port && port.front() != ':') {
            return bad_host();
        }
        port.remove_prefix(has_port ? 1 : 0);
    } else {
        const auto colon = item.find(':');
        has_port = colon != std::string_view::npos;
        host = item.substr(0, colon);
        port = has_port ? item.substr(colon + 1) : std::string_view();
        if (!is_name(host) || port.find(':') != std::string_view::npos) {
            return bad_host();
        }
    }
    if (!has_port) {
        return HostPort{std::string(host), default_port};
    }
    const auto number = parse_integer(port, 1, 65535);
    if (!number) {
        return complain(fmt::format("is wrong in entry {}, whose port is not one", entry),
                        "Use a port from 1 to 65535");
    }
    return HostPort{std::string(host), static_cast<std::uint16_t>(*number)};
}

// All of one list as one, each fix once. A list that is no list at all says so after a few.
Complaint joined(const std::vector<Complaint>& complaints) {
    constexpr std::size_t kMost = 5;
    Complaint all = complaints.front();
    for (std::size_t i = 1; i < std::min(complaints.size(), kMost); ++i) {
        all.reason += "; " + complaints[i].reason;
        if (all.fix.find(complaints[i].fix) == std::string::npos) {
            all.fix += ". " + complaints[i].fix;
        }
    }
    if (complaints.size() > kMost) {
        all.reason += fmt::format("; and {} more are wrong", complaints.size() - kMost);
    }
    return all;
}

Parsed<std::string> plain_text(std::string_view text) {
    if (!is_utf8(text)) {
        return complain("is not UTF-8", "Write it in UTF-8, best in ASCII");
    }
    if (has_control_character(text)) {
        return complain("contains a line break or another control character",
                        "Write it without (a value with \\n in quotes, or from a file with "
                        "Windows line ends, may hold one)");
    }
    return std::string(text);
}

}  // namespace

Parsed<bool> parse_boolean(std::string_view text) {
    const Choices<bool> choices{{"on", true},  {"off", false}, {"true", true}, {"false", false},
                                {"yes", true}, {"no", false},  {"1", true},    {"0", false}};
    const auto parsed = parse_choice(text, choices);
    if (!parsed) {
        return complain("is not a boolean", "Set it to true or false (or on/off, yes/no, 1/0)");
    }
    return *parsed;
}

Parsed<int> parse_whole_number(std::string_view text, int least, int most) {
    const auto number = parse_integer(trim(text), least, most);
    if (!number) {
        return complain(fmt::format("is not a whole number from {} to {}", least, most),
                        "Set it to a number in that range");
    }
    return static_cast<int>(*number);
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
    const auto number = parse_integer(trim(text), 1, 65535);
    if (!number) {
        return complain("is not a port", "Set it to a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(*number);
}

Parsed<milliseconds> parse_duration(std::string_view text, milliseconds least, milliseconds most) {
    if (const auto duration = citus_init::parse_duration(text, least, most)) {
        return *duration;
    }
    return complain(fmt::format("is not a duration from {} to {}", format_duration(least),
                                format_duration(most)),
                    "Write a number and one of us, ms, s, min, h, d; a bare number means seconds");
}

Parsed<double> parse_memory(std::string_view text) {
    constexpr double kLeast = 1 << 20;
    const auto bytes = size_in_bytes(text, 1);
    if (!bytes || !std::isfinite(*bytes) || *bytes < kLeast) {
        return complain("is not a size of 1 MB or more",
                        "Write a number and one of kB, MB, GB, TB, such as 2GB; a bare number "
                        "means bytes");
    }
    return *bytes;
}

Parsed<double> parse_cpus(std::string_view text) {
    constexpr double kMost = 65536;
    const std::string copy(trim(text));
    char* end = nullptr;
    const double cpus = std::strtod(copy.c_str(), &end);
    if (copy.empty() || *end != '\0' || !(cpus > 0) || cpus > kMost) {
        return complain("is not a number of CPUs", "Write a number such as 2 or 1.5");
    }
    return cpus;
}

Parsed<std::string> parse_host(std::string_view text) {
    std::string_view host = trim(text);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (is_ipv6(host)) {
            return std::string(host);
        }
    } else if (is_ipv6(host) || is_name(host)) {
        return std::string(host);
    }
    return complain("is not a host name or an address",
                    "Set it to a name or an IP address, without a port");
}

Parsed<HostPort> parse_http_listen(std::string_view text) {
    const std::string_view trimmed = trim(text);
    const auto colon = trimmed.rfind(':');
    const std::string_view host =
        colon == std::string_view::npos ? std::string_view() : trimmed.substr(0, colon);
    const auto port = parse_integer(
        colon == std::string_view::npos ? trimmed : trimmed.substr(colon + 1), 1, 65535);
    // An IPv6 address without brackets would lose its last part to the port.
    const bool is_bare_ipv6 = host.find(':') != std::string_view::npos && host.front() != '[';
    const auto parsed = host.empty() || is_bare_ipv6 ? Parsed<std::string>() : parse_host(host);
    if (!port || !parsed || is_bare_ipv6) {
        return complain("is not [HOST]:PORT",
                        "Write :8009 for every address, 127.0.0.1:8009 or [::1]:8009 for one");
    }
    return HostPort{*parsed, static_cast<std::uint16_t>(*port)};
}

Parsed<std::vector<HostPort>> parse_host_list(std::string_view text, std::uint16_t default_port) {
    std::vector<HostPort> result;
    std::set<std::pair<std::string, std::uint16_t>> seen;
    std::vector<Complaint> complaints;
    std::size_t entry = 0;
    for (const auto& part : split(text, ',')) {
        const std::string_view item = trim(part);
        ++entry;
        if (item.empty()) {
            complaints.push_back(
                {fmt::format("is empty in entry {}", entry), "Remove the comma that is too many"});
            continue;
        }
        auto parsed = parse_host_port(item, entry, default_port);
        if (!parsed) {
            complaints.push_back(std::move(parsed.error()));
            continue;
        }
        if (!seen.emplace(to_lower(parsed->host), parsed->port).second) {
            complaints.push_back(
                {fmt::format("names a node again in entry {}", entry), "Name every node once"});
        }
        result.push_back(*std::move(parsed));
    }
    if (!complaints.empty()) {
        return tl::unexpected(joined(complaints));
    }
    return result;
}

Parsed<WorkerDiscovery> parse_worker_discovery(std::string_view text) {
    const std::string_view all = trim(text);
    const auto colon = all.find(':');
    const std::string scheme = to_lower(all.substr(0, colon));
    const bool is_dns = scheme == "dns";
    if (colon == std::string_view::npos || (!is_dns && scheme != "srv")) {
        return complain("is neither dns:NAME[:port] nor srv:NAME",
                        "Write dns: and a name whose addresses are the workers, or srv: and the "
                        "name of a service");
    }
    const std::string_view rest = all.substr(colon + 1);
    const auto port_at = rest.find(':');
    const std::string_view name = rest.substr(0, port_at);
    if (!is_name(name)) {
        return complain("names no host after the scheme",
                        is_dns ? "Write dns:NAME or dns:NAME:port" : "Write srv:NAME");
    }
    WorkerDiscovery discovery;
    discovery.kind = is_dns ? DiscoveryKind::dns : DiscoveryKind::srv;
    discovery.name = std::string(name);
    if (port_at == std::string_view::npos) {
        return discovery;
    }
    if (!is_dns) {
        return complain("has a port, which the service record has", "Write srv:NAME");
    }
    const auto port = parse_integer(rest.substr(port_at + 1), 1, 65535);
    if (!port) {
        return complain("has a port that is not one", "Use a port from 1 to 65535");
    }
    discovery.port = static_cast<std::uint16_t>(*port);
    return discovery;
}

Parsed<std::string> parse_absolute_path(std::string_view text) {
    if (text.empty() || text.front() != '/') {
        return complain("is not an absolute path", "Write it from the root, with a leading /");
    }
    if (text.size() >= PATH_MAX) {
        return complain(fmt::format("is longer than a path may be ({} bytes)", PATH_MAX - 1),
                        "Choose a shorter one");
    }
    return plain_text(text);
}

Parsed<std::string> parse_name(std::string_view text) {
    return plain_text(text);
}

}  // namespace citus_init::settings
