#include "settings/hba_checks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/hba_lines.h"
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

// Options may hold passwords, and where fields are missing one stands in another's place.
std::string word(const std::string& field) {
    constexpr std::size_t kLongest = 32;
    return field.size() <= kLongest && field.find('=') == std::string::npos ? shown(field) : "...";
}

std::string methods_text() {
    return fmt::format("The methods are {}", join({kMethods.begin(), kMethods.end()}, ", "));
}

std::optional<Complaint> check_line(const std::vector<HbaField>& fields) {
    constexpr std::size_t kLocalMethod = 3;
    constexpr std::size_t kHostMethod = 4;
    const std::string type = fields.front().text();
    if (type.starts_with("include")) {
        return std::nullopt;
    }
    if (!contains(kTypes, type)) {
        return Complaint{
            fmt::format("has the connection type \"{}\", which PostgreSQL does not know",
                        word(fields.front().raw)),
            fmt::format("The types are {}", join({kTypes.begin(), kTypes.end()}, ", "))};
    }
    std::size_t method = type == "local" ? kLocalMethod : kHostMethod;
    if (method == kHostMethod && fields.size() > kHostMethod &&
        is_netmask(fields[kHostMethod].text())) {
        ++method;
    }
    if (fields.size() <= method) {
        return Complaint{"ends before its authentication method",
                         "Write TYPE DATABASE USER [ADDRESS] METHOD"};
    }
    return contains(kMethods, fields[method].text())
               ? std::nullopt
               : std::optional(Complaint{
                     fmt::format("has the authentication method \"{}\", which does not exist",
                                 word(fields[method].raw)),
                     methods_text()});
}

}  // namespace

std::vector<Complaint> check_hba_lines(std::string_view text) {
    std::vector<Complaint> complaints;
    for (const HbaLine& line : parse_hba(text)) {
        auto complaint = line.fields.empty() ? std::nullopt : check_line(line.fields);
        if (complaint) {
            complaint->reason = fmt::format("line {} {}", line.number, complaint->reason);
            complaints.push_back(std::move(*complaint));
        }
    }
    return complaints;
}

}  // namespace citus_init::settings
