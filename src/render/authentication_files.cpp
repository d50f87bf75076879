#include "citus_init/render/authentication_files.h"

#include <array>
#include <filesystem>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

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

}  // namespace

bool is_multi_node(const settings::CitusSettings& citus) {
    return citus.enable && (citus.role == settings::Role::worker || !citus.workers.empty());
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

std::string user_hba_path(const GucStack& stack) {
    const std::string named = stack.effective("hba_file");
    return named.empty() ? stack.data_directory + "/pg_hba.conf" : named;
}

std::optional<std::string> render_pg_hba(const settings::Settings& settings, const Nodes& nodes,
                                         const std::string& user_hba_path,
                                         std::string_view user_hba) {
    const settings::CitusSettings& citus = settings.citus;
    const bool trusts = is_multi_node(citus) && citus.internode_auth == InternodeAuth::trust;
    const std::string& block = settings.postgresql_conf.hba;
    if (!trusts && !citus.has_mesh() && trim(block).empty()) {
        return std::nullopt;
    }
    std::string text =
        "# Written by citus-init at every start. Do not edit: changes here are lost.\n";
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
    return text;
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
