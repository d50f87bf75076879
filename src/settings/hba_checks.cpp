#include "settings/hba_checks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/problem.h"

namespace citus_init::settings {

namespace {

constexpr std::array<std::string_view, 15> kMethods{
    "trust", "reject", "scram-sha-256", "md5",    "password", "gss", "sspi", "ident",
    "peer",  "pam",    "ldap",          "radius", "cert",     "bsd", "oauth"};
constexpr std::array<std::string_view, 6> kTypes{"local",     "host",       "hostssl",
                                                 "hostnossl", "hostgssenc", "hostnogssenc"};

template <typename List>
bool contains(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// As next_token() of hba.c has them: quotes hold spaces, a comma joins what follows it.
std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields;
    std::string field;
    bool quoted = false;
    for (const char c : line) {
        if (c == '#' && !quoted) {
            break;
        }
        if (!quoted && (c == ' ' || c == '\t' || c == '\r')) {
            if (!field.empty() && field.back() != ',') {
                fields.push_back(std::exchange(field, {}));
            }
            continue;
        }
        if (c == '"') {
            quoted = !quoted;
        } else {
            field += c;
        }
    }
    if (!field.empty()) {
        fields.push_back(field);
    }
    return fields;
}

bool is_netmask(const std::string& field) {
    return field.find_first_of(".:") != std::string::npos &&
           field.find_first_not_of("0123456789abcdefABCDEF.:") == std::string::npos;
}

// Options may hold passwords, and where fields are missing one stands in another's place.
std::string word(const std::string& field) {
    constexpr std::size_t kLongest = 32;
    return field.size() <= kLongest && field.find('=') == std::string::npos ? shown(field) : "...";
}

std::string methods_text() {
    return fmt::format("The methods are {}", join({kMethods.begin(), kMethods.end()}, ", "));
}

std::optional<Complaint> check_line(const std::vector<std::string>& fields) {
    constexpr std::size_t kLocalMethod = 3;
    constexpr std::size_t kHostMethod = 4;
    const std::string& type = fields.front();
    if (type.starts_with("include")) {
        return std::nullopt;
    }
    if (!contains(kTypes, type)) {
        return Complaint{
            fmt::format("has the connection type \"{}\", which PostgreSQL does not know",
                        word(type)),
            fmt::format("The types are {}", join({kTypes.begin(), kTypes.end()}, ", "))};
    }
    std::size_t method = type == "local" ? kLocalMethod : kHostMethod;
    if (method == kHostMethod && fields.size() > kHostMethod && is_netmask(fields[kHostMethod])) {
        ++method;
    }
    if (fields.size() <= method) {
        return Complaint{"ends before its authentication method",
                         "Write TYPE DATABASE USER [ADDRESS] METHOD"};
    }
    return contains(kMethods, fields[method])
               ? std::nullopt
               : std::optional(Complaint{
                     fmt::format("has the authentication method \"{}\", which does not exist",
                                 word(fields[method])),
                     methods_text()});
}

}  // namespace

std::vector<Complaint> check_hba_lines(std::string_view text) {
    std::vector<Complaint> complaints;
    std::string joined;
    int number = 0;
    for (const std::string& line : split(text, '\n')) {
        ++number;
        joined += line;
        if (joined.ends_with('\\')) {
            joined.pop_back();
            continue;
        }
        const auto fields = fields_of(std::exchange(joined, {}));
        if (fields.empty()) {
            continue;
        }
        if (auto complaint = check_line(fields)) {
            complaint->reason = fmt::format("line {} {}", number, complaint->reason);
            complaints.push_back(std::move(*complaint));
        }
    }
    return complaints;
}

}  // namespace citus_init::settings
