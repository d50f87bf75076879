#include "citus_init/render/authentication_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/hba_lines.h"

namespace citus_init::render {

namespace {

using settings::HbaField;
using settings::HbaLine;
using settings::HbaWord;
using settings::InternodeAuth;

std::string relative_to(const std::filesystem::path& directory, std::string_view name) {
    return (directory / name).string();
}

// Copies one line of a pg_hba.conf. "@name" at the start of a word, outside quotes, is a file of
// names beside the file that holds the line.
std::string with_absolute_names(std::string_view line, const std::filesystem::path& directory) {
    std::string result;
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '#' && !quoted) {
            return result + std::string(line.substr(i));
        }
        const bool starts_word =
            i == 0 || std::string_view(" \t,").find(line[i - 1]) != std::string_view::npos;
        if (c != '@' || quoted || !starts_word) {
            quoted = c == '"' ? !quoted : quoted;
            result += c;
            continue;
        }
        std::string name;
        bool inside = false;
        for (++i; i < line.size(); ++i) {
            if (line[i] == '"') {
                inside = !inside;
            } else if (!inside &&
                       std::string_view(" \t,#\r").find(line[i]) != std::string_view::npos) {
                break;
            } else {
                name += line[i];
            }
        }
        --i;
        result += fmt::format("@\"{}\"", relative_to(directory, name));
    }
    return result;
}

// "include", "include_if_exists" and "include_dir" lines, which PostgreSQL 16 brought.
std::optional<std::string> include_line(std::string_view line,
                                        const std::filesystem::path& directory) {
    const std::string_view text = trim(line);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view word = text.substr(0, end);
    if (word != "include" && word != "include_if_exists" && word != "include_dir") {
        return std::nullopt;
    }
    std::string_view name = trim(text.substr(end));
    if (name.size() >= 2 && name.front() == '"') {
        name = name.substr(1, name.find('"', 1) - 1);
    } else {
        name = name.substr(0, name.find_first_of(" \t#"));
    }
    return fmt::format("{} \"{}\"", word, relative_to(directory, name));
}

std::string pgpass_field(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == ':' || c == '\\') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

std::string in_quotes(const std::string& role) {
    std::string quoted = "\"";
    for (const char c : role) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + "\"";
}

enum class Match { no, yes, cannot_be_known };

// Whether a line's roles include one. Members of groups, files of names and patterns are the
// server's to know.
Match match_role(const HbaField& roles, const std::string& role) {
    const auto is_special = [](const HbaWord& word) {
        return !word.quoted && word.text.find_first_of("+@/") == 0;
    };
    const auto names = [&](const HbaWord& word) {
        return !is_special(word) && (word.text == role || (!word.quoted && word.text == "all"));
    };
    if (std::any_of(roles.words.begin(), roles.words.end(), names)) {
        return Match::yes;
    }
    return std::any_of(roles.words.begin(), roles.words.end(), is_special) ? Match::cannot_be_known
                                                                           : Match::no;
}

// "hostssl all all samenet trust" for the role alone; "" where it does not let the role in. The
// line as it is where it is not about the network.
std::string line_for_one_role(const HbaLine& line, const std::string& role) {
    constexpr std::size_t kRoles = 2;
    constexpr std::size_t kAddress = 3;
    if (line.fields.empty() || line.fields[0].text() == "local") {
        return line.text;
    }
    if (!line.fields[0].text().starts_with("host") || line.fields.size() <= kAddress) {
        return {};
    }
    const Match match = match_role(line.fields[kRoles], role);
    if (match == Match::no) {
        return {};
    }
    std::vector<std::string> fields;
    for (const HbaField& field : line.fields) {
        fields.push_back(field.raw);
    }
    fields[kRoles] = in_quotes(role);
    if (match == Match::cannot_be_known) {
        // It may ask more of the role than a later line does.
        const bool has_mask =
            fields.size() > kAddress + 1 && settings::is_netmask(fields[kAddress + 1]);
        fields.resize(kAddress + (has_mask ? 2 : 1));
        fields.emplace_back("reject");
    }
    return join(fields, " ");
}

// Whether nodes that prove nothing may come. Never without that choice: workers may announce
// themselves to a coordinator with it, and without CITUS_WORKERS too.
bool trusts_nodes(const settings::CitusSettings& citus) {
    return citus.enable && citus.internode_auth == InternodeAuth::trust;
}

// With certificates the first two lines decide about the whole network.
std::string hba_without_clients(const std::string& text, const settings::Settings& settings) {
    const std::string why = "\n# No clients: this node's place in the cluster is not confirmed\n";
    if (settings.citus.has_mesh()) {
        return why + "hostssl all all all trust clientcert=verify-ca\nhost all all all reject\n" +
               text;
    }
    return why + hba_for_one_role(text, settings.postgres.user);
}

}  // namespace

std::string hba_for_one_role(std::string_view text, const std::string& role) {
    std::string result;
    for (const HbaLine& line : settings::parse_hba(text)) {
        const std::string kept = line_for_one_role(line, role);
        // One that ends with a backslash, which the server refuses, would go on in the next.
        if (!kept.empty() && !kept.ends_with('\\')) {
            result += kept + "\n";
        }
    }
    return result;
}

// The first line that matches decides, and one with clientcert never falls through. So a worker
// that is for nodes only asks everybody for a certificate; where clients come, too, only those who
// connect from a node's address are asked, and all others go on to the user's lines. Citus connects
// as whatever role runs the query, so a certificate of the cluster serves for every role.
std::string mesh_hba_lines(const settings::CitusSettings& citus, const Nodes& nodes) {
    constexpr const char* kByCertificate = "trust clientcert=verify-ca";
    if (citus.role == settings::Role::worker && !citus.worker_clients) {
        return fmt::format(
            "\n# Over the network: nodes of the cluster only (CITUS_WORKER_CLIENTS)\n"
            "hostssl all all all {}\n"
            "hostnossl all all all reject\n",
            kByCertificate);
    }
    std::string text = fmt::format(
        "\n# Nodes of the cluster, by their certificates\n"
        "hostssl all {} all {}\n",
        nodes.role, kByCertificate);
    for (const std::string& network : citus.node_networks) {
        text += fmt::format("hostssl all all {} {}\n", network, kByCertificate);
    }
    for (const std::string& address : nodes.addresses) {
        text += fmt::format("hostssl all all {}/{} {}\n", address,
                            address.find(':') == std::string::npos ? 32 : 128, kByCertificate);
    }
    return text;
}

bool lets_in_over_socket(std::string_view hba, const std::string& role,
                         const std::string& os_user) {
    constexpr std::size_t kDatabases = 1;
    constexpr std::size_t kRoles = 2;
    constexpr std::size_t kMethod = 3;
    for (const HbaLine& line : settings::parse_hba(hba)) {
        const auto& fields = line.fields;
        if (!fields.empty() && fields[0].text().starts_with("include")) {
            return false;
        }
        if (fields.size() <= kMethod || fields[0].text() != "local") {
            continue;
        }
        const Match match = match_role(fields[kRoles], role);
        const std::string method = fields[kMethod].text();
        const bool lets_in = method == "trust" ||
                             (method == "peer" && fields.size() == kMethod + 1 && role == os_user);
        if (match == Match::no ||
            (lets_in && (fields[kDatabases].raw != "all" || match != Match::yes))) {
            continue;  // it decides about others, or about some databases only
        }
        return lets_in;
    }
    return false;
}

std::string own_login_lines(const settings::Settings& settings, const std::string& os_user,
                            SuperuserLogin superuser, std::string_view user_hba) {
    const std::string& role = settings.postgres.user;
    if (!settings.citus.enable || settings.patroni || os_user.empty() ||
        lets_in_over_socket(fmt::format("{}\n{}", settings.postgresql_conf.hba, user_hba), role,
                            os_user)) {
        return {};
    }
    std::string text = fmt::format(
        "\n# citus-init's own sessions, from this node's own user only\n"
        "local all {0} peer map={0}\n",
        kLoginRole);
    if (superuser == SuperuserLogin::until_role_exists) {
        text += fmt::format("local all {} peer map={}\n", in_quotes(role), kLoginRole);
    }
    return text;
}

std::string user_ident_path(const GucStack& stack) {
    const std::string named = stack.effective("ident_file");
    return named.empty() ? stack.data_directory + "/pg_ident.conf" : named;
}

std::string render_pg_ident(const std::string& superuser, const std::string& os_user,
                            const std::string& user_ident_path, std::string_view user_ident) {
    std::string text = fmt::format(
        "# Written by citus-init at every start. Do not edit: changes here are lost.\n"
        "{0} {1} {0}\n{0} {1} {2}\n\n# {3}\n",
        kLoginRole, in_quotes(os_user), in_quotes(superuser), user_ident_path);
    const std::filesystem::path directory = std::filesystem::path(user_ident_path).parent_path();
    for (const std::string& line : split(user_ident, '\n')) {
        text += include_line(line, directory).value_or(line) + "\n";
    }
    return text;
}

std::string user_hba_path(const GucStack& stack) {
    const std::string named = stack.effective("hba_file");
    return named.empty() ? stack.data_directory + "/pg_hba.conf" : named;
}

std::optional<std::string> render_pg_hba(const settings::Settings& settings, const Nodes& nodes,
                                         const std::string& user_hba_path,
                                         std::string_view user_hba, Clients clients) {
    const settings::CitusSettings& citus = settings.citus;
    const bool trusts = trusts_nodes(citus);
    const std::string& block = settings.postgresql_conf.hba;
    if (!trusts && !citus.has_mesh() && trim(block).empty() && nodes.own_login_lines.empty() &&
        clients == Clients::as_configured) {
        return std::nullopt;
    }
    std::string text = nodes.own_login_lines;
    if (trusts) {
        // Not host names: Docker's reverse lookup gives CONTAINER.NETWORK, which never matches.
        text +=
            "\n# CITUS_INTERNODE_AUTH=trust: whoever is in this node's own networks\n"
            "host all all samenet trust\n";
    }
    if (!trim(block).empty()) {
        text += fmt::format("\n# CITUS_PG_HBA\n{}\n", block);
    }
    if (citus.has_mesh()) {
        text += mesh_hba_lines(citus, nodes);
    }
    text += fmt::format("\n# {}\n", user_hba_path);
    const std::filesystem::path directory = std::filesystem::path(user_hba_path).parent_path();
    auto lines = split(user_hba, '\n');
    if (lines.back().empty()) {
        lines.pop_back();
    }
    for (const std::string& line : lines) {
        text += include_line(line, directory).value_or(with_absolute_names(line, directory));
        text += '\n';
    }
    const std::string heading =
        "# Written by citus-init at every start. Do not edit: changes here are lost.\n";
    return heading +
           (clients == Clients::shut_out ? hba_without_clients(text, settings) : std::move(text));
}

std::optional<Secret> render_pgpass(const settings::Settings& settings) {
    const std::string& given = settings.postgres.password.reveal();
    // initdb takes the first line of the password, so that line is the password.
    const std::string_view password = std::string_view(given).substr(0, given.find('\n'));
    if (!settings.citus.enable || settings.citus.has_mesh() ||
        settings.citus.internode_auth == InternodeAuth::trust || password.empty()) {
        return std::nullopt;
    }
    return Secret(
        fmt::format("*:*:*:{}:{}\n", pgpass_field(settings.postgres.user), pgpass_field(password)));
}

}  // namespace citus_init::render
