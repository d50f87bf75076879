#include "settings/hba_checks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
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

// An option, and the methods that take it (parse_hba_auth_opt() of PostgreSQL 18); "" = any, on
// hostssl lines.
constexpr std::array<std::pair<std::string_view, std::string_view>, 29> kOptions{
    {{"map", "ident peer gss sspi cert oauth"},
     {"clientcert", ""},
     {"clientname", ""},
     {"pamservice", "pam"},
     {"pam_use_hostname", "pam"},
     {"ldapurl", "ldap"},
     {"ldaptls", "ldap"},
     {"ldapscheme", "ldap"},
     {"ldapserver", "ldap"},
     {"ldapport", "ldap"},
     {"ldapbinddn", "ldap"},
     {"ldapbindpasswd", "ldap"},
     {"ldapsearchattribute", "ldap"},
     {"ldapsearchfilter", "ldap"},
     {"ldapbasedn", "ldap"},
     {"ldapprefix", "ldap"},
     {"ldapsuffix", "ldap"},
     {"krb_realm", "gss sspi"},
     {"include_realm", "gss sspi"},
     {"compat_realm", "sspi"},
     {"upn_username", "sspi"},
     {"radiusservers", "radius"},
     {"radiusports", "radius"},
     {"radiussecrets", "radius"},
     {"radiusidentifiers", "radius"},
     {"issuer", "oauth"},
     {"scope", "oauth"},
     {"validator", "oauth"},
     {"delegate_ident_mapping", "oauth"}}};

// What a method cannot do without: one of each group.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNeeded{
    {{"ldap", "ldapbasedn ldapprefix ldapsuffix ldapurl"},
     {"radius", "radiusservers"},
     {"radius", "radiussecrets"},
     {"oauth", "issuer"},
     {"oauth", "scope"}}};

std::string either_name(const std::vector<std::string>& names) {
    return either({names.begin(), names.end()});
}

// Where a method has no place.
std::optional<Complaint> check_method(std::string_view type, std::string_view method) {
    if (method == "peer" && type != "local") {
        return Complaint{"has the authentication method peer, which is for local lines only",
                         "Use scram-sha-256 there"};
    }
    if (method == "gss" && type == "local") {
        return Complaint{"has the authentication method gss, which local lines do not take",
                         "Use peer there"};
    }
    if (method == "cert" && type != "hostssl") {
        return Complaint{"has the authentication method cert, which is for hostssl lines only",
                         "Write hostssl instead"};
    }
    return std::nullopt;
}

std::optional<Complaint> check_option(std::string_view type, std::string_view method,
                                      const std::string& name) {
    const auto* const option = std::find_if(kOptions.begin(), kOptions.end(),
                                            [&](const auto& each) { return each.first == name; });
    if (option == kOptions.end()) {
        return Complaint{fmt::format("has the option \"{}\", which no method takes", word(name)),
                         "Correct its name, or remove it"};
    }
    const auto methods = split(option->second, ' ');
    if (option->second.empty() ? type != "hostssl" : !contains(methods, method)) {
        return Complaint{
            fmt::format("has the option {}, which the method {} does not take{}", name, method,
                        option->second.empty() ? " on such a line" : ""),
            fmt::format("It is for {}",
                        option->second.empty() ? "hostssl lines" : either_name(methods))};
    }
    return std::nullopt;
}

// The rest of a line: NAME=VALUE, each word of a list on its own. No value is shown.
std::optional<Complaint> check_options(std::string_view type, std::string_view method,
                                       const std::vector<HbaField>& fields, std::size_t first) {
    std::vector<std::string> names;
    for (std::size_t at = first; at < fields.size(); ++at) {
        for (const HbaWord& option : fields[at].words) {
            const auto equals = option.text.find('=');
            if (equals == std::string::npos) {
                return Complaint{
                    fmt::format("has a word behind the method {} that is no option", method),
                    "Options have the form NAME=VALUE; quote a value with blanks or "
                    "commas"};
            }
            names.push_back(option.text.substr(0, equals));
            if (auto complaint = check_option(type, method, names.back())) {
                return complaint;
            }
        }
    }
    for (const auto& [of, needed] : kNeeded) {
        const auto one_of = split(needed, ' ');
        const bool is_there = std::any_of(one_of.begin(), one_of.end(), [&](const auto& name) {
            return contains(names, std::string_view(name));
        });
        if (of == method && !is_there) {
            return Complaint{
                fmt::format("has the method {} without {}", method, either_name(one_of)),
                "Add it, as NAME=VALUE behind the method"};
        }
    }
    return std::nullopt;
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
    const std::string name = fields[method].text();
    if (!contains(kMethods, name)) {
        return Complaint{fmt::format("has the authentication method \"{}\", which does not exist",
                                     word(fields[method].raw)),
                         methods_text()};
    }
    auto complaint = check_method(type, name);
    return complaint ? complaint : check_options(type, name, fields, method + 1);
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
