#include "settings/yaml_source.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/load.h"

#include "settings/environment_source.h"
#include "settings/guc.h"
#include "settings/patroni_value.h"
#include "settings/yaml_document.h"

namespace citus_init::settings {

namespace {

constexpr std::string_view kGucSection = "postgresql";
// In the form of Patroni's own file: what is in it is for Patroni to know.
constexpr std::string_view kPatroniSection = "patroni";

std::string section_of(std::string_view yaml_key) {
    return std::string(yaml_key.substr(0, yaml_key.find('.')));
}

std::vector<std::string> known_sections() {
    std::set<std::string> sections;
    for (const Variable* variable : variables()) {
        if (!variable->yaml_key.empty()) {
            sections.insert(section_of(variable->yaml_key));
        }
    }
    sections.emplace(kPatroniSection);
    return {sections.begin(), sections.end()};
}

std::vector<std::string> known_keys() {
    std::vector<std::string> keys;
    for (const Variable* variable : variables()) {
        if (!variable->yaml_key.empty() && variable->kind == Kind::setting) {
            keys.emplace_back(variable->yaml_key);
        }
    }
    return keys;
}

// PostgreSQL's settings that are lists (GUC_LIST_INPUT and the like). Of other extensions nobody
// knows.
bool takes_list(std::string_view name) {
    static const std::set<std::string_view> lists{"createrole_self_grant",
                                                  "datestyle",
                                                  "debug_io_direct",
                                                  "listen_addresses",
                                                  "local_preload_libraries",
                                                  "log_connections",
                                                  "log_destination",
                                                  "oauth_validator_libraries",
                                                  "output_plugin_libraries",
                                                  "restrict_nonsystem_relation_kind",
                                                  "search_path",
                                                  "session_preload_libraries",
                                                  "shared_preload_libraries",
                                                  "synchronized_standby_slots",
                                                  "synchronous_standby_names",
                                                  "temp_tablespaces",
                                                  "unix_socket_directories",
                                                  "wal_consistency_checking"};
    const std::string lower = to_lower(name);
    return lower.find('.') == std::string::npos ? lists.contains(lower)
                                                : !lower.starts_with("citus.");
}

class YamlReader {
  public:
    YamlReader(std::string path, Findings& findings)
        : path_(std::move(path)), findings_(findings) {}

    void read(const std::string& text) {
        result_.text = text;
        const auto document = parse_yaml(text);
        if (!document) {
            add_parse_error(document.error());
            return;
        }
        if (document->kind == YamlNode::Kind::null) {
            return;
        }
        if (document->kind != YamlNode::Kind::map) {
            findings_.problems.push_back(
                make_problem(path_, "",
                             {"is not a map of sections",
                              "Begin lines with citus:, postgres:, postgresql: or "
                              "supervisor:"}));
            return;
        }
        std::set<std::string> seen;
        for (const auto& [section, node] : document->members) {
            if (is_first(section, node, seen)) {
                read_section(section, node);
            }
        }
    }

    YamlValues result() && { return std::move(result_); }

  private:
    void read_section(const std::string& section, const YamlNode& node) {
        const auto sections = known_sections();
        if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
            add_unknown(section, node, sections);
            return;
        }
        if (node.kind == YamlNode::Kind::null) {
            return;
        }
        if (node.kind != YamlNode::Kind::map) {
            add_problem(section, node, {"is not a map", "Write the settings below it, indented"});
            return;
        }
        if (section == kPatroniSection) {
            read_patroni(node);
            return;
        }
        std::set<std::string> seen;
        for (const auto& [key, value] : node.members) {
            const std::string full_key = fmt::format("{}.{}", section, key);
            if (!is_first(full_key, value, seen)) {
                continue;
            }
            if (section == kGucSection) {
                read_guc(key, value);
            } else if (const Variable* variable = find_yaml_key(full_key)) {
                read_value(*variable, value);
            } else {
                add_unknown(full_key, value, known_keys());
            }
        }
    }

    void read_patroni(const YamlNode& node) {
        if (const std::string key = repeated_key(node); !key.empty()) {
            add_problem(fmt::format("{}.{}", kPatroniSection, key), node,
                        {"is given twice", "Keep one of them"});
            return;
        }
        result_.patroni = typed(node);
    }

    void read_value(const Variable& variable, const YamlNode& node) {
        const auto text = text_of(node, variable.type == ValueType::host_list ? "," : "");
        if (!text) {
            add_problem(variable.yaml_key, node, text.error());
            findings_.failed.emplace(variable.name);
        } else if (!text->empty()) {
            result_.values[&variable] =
                Sourced{*text, place(variable.yaml_key, node), Source::yaml, !variable.secret};
        }
    }

    void read_guc(const std::string& key, const YamlNode& node) {
        const std::string full_key = fmt::format("{}.{}", kGucSection, key);
        const auto name = parse_guc_name(key);
        if (!name) {
            add_problem(full_key, node, name.error());
            return;
        }
        if (node.kind == YamlNode::Kind::null) {
            add_problem(full_key, node, {"has no value", "Write '' for an empty value"});
            return;
        }
        const auto text = text_of(node, takes_list(*name) ? ", " : "");
        if (!text) {
            add_problem(full_key, node, text.error());
            return;
        }
        result_.gucs.emplace(*name, Sourced{*text, place(full_key, node), Source::yaml});
    }

    // `separator` "" = a list is not allowed.
    static Parsed<std::string> text_of(const YamlNode& node, std::string_view separator) {
        std::string text;
        switch (node.kind) {
            case YamlNode::Kind::null:
                break;
            case YamlNode::Kind::scalar:
                text = node.scalar;
                break;
            case YamlNode::Kind::map:
                return complain("is a map where one value belongs",
                                "Write one value; a dotted name in one piece, as "
                                "citus.shard_count: 32");
            case YamlNode::Kind::list: {
                std::vector<std::string> parts;
                for (const auto& item : node.items) {
                    if (item.kind != YamlNode::Kind::scalar || separator.empty()) {
                        return complain("is a list where one value belongs", "Write one value");
                    }
                    parts.push_back(item.scalar);
                }
                text = join(parts, separator);
                break;
            }
        }
        if (text.find('\0') != std::string::npos) {
            return complain("contains a NUL character", "Remove it");
        }
        return text;
    }

    // yaml-cpp keeps both of two equal keys; one of them would be lost silently.
    bool is_first(const std::string& key, const YamlNode& node, std::set<std::string>& seen) {
        if (seen.insert(key).second) {
            return true;
        }
        add_problem(key, node, {"is given twice", "Keep one of them"});
        return false;
    }

    void add_unknown(const std::string& key, const YamlNode& node,
                     const std::vector<std::string>& candidates) {
        std::string fix = "Remove it; a setting of PostgreSQL or Citus belongs below postgresql:";
        if (const Variable* variable = find_variable(key);
            variable != nullptr && !variable->yaml_key.empty()) {
            fix = fmt::format("Write it as {} (a key below a section)", variable->yaml_key);
        } else if (const auto near = nearest(key, candidates)) {
            fix = fmt::format("Did you mean {}?", *near);
        } else if (key.find('.') == std::string::npos) {
            fix = fmt::format("The sections are {}", join(candidates, ", "));
        }
        add_problem(key, node, {"is not a known key", std::move(fix)});
    }

    void add_parse_error(const YamlError& error) {
        const std::string where = error.line == 0 ? path_
                                                  : fmt::format("{}, line {}, column {}", path_,
                                                                error.line, error.column);
        findings_.problems.push_back(
            make_problem(where, "", {error.reason, "Correct the file; nothing of it was used"}));
    }

    void add_problem(std::string_view key, const YamlNode& node, Complaint complaint) {
        findings_.problems.push_back(make_problem(place(key, node), "", std::move(complaint)));
    }

    std::string place(std::string_view key, const YamlNode& node) const {
        return fmt::format("{} in {}, line {}", key, path_, node.line);
    }

    std::string path_;
    Findings& findings_;
    YamlValues result_;
};

// Also where a directory above it is closed.
bool may_not_be_read(const std::string& path, const Filesystem& files) {
    const auto content = files.read(path, read_limit::kSetting);
    return !content && content.error().code == ExitCode::permission;
}

// The path and the text. None: there is no file, or it was found wanting.
std::optional<std::pair<std::string, std::string>> find_text(const Environment& environment,
                                                             const RawValues& environment_values,
                                                             const Filesystem& files,
                                                             const Environment* before,
                                                             Findings& findings) {
    const auto given = environment_values.find(find_variable("CITUS_CONFIG_PATH"));
    const bool is_given = given != environment_values.end();
    const std::string path = is_given ? given->second.text : kDefaultYamlPath;
    if (const auto resolved = environment.find(kResolvedYaml); resolved != environment.end()) {
        return std::pair(path, resolved->second);
    }
    if (before != nullptr && may_not_be_read(path, files)) {
        const std::string& text = value_of(*before, kResolvedYaml);
        if (!text.empty()) {
            findings.warnings.push_back(
                not_read_again(is_given ? given->second.origin : "the YAML file", path));
        }
        return std::pair(path, text);
    }
    if (is_given ? !parse_absolute_path(path) : !files.exists(path)) {
        return std::nullopt;
    }
    auto content = files.read(path, read_limit::kSetting);
    if (!content) {
        const char* hint = is_given
                               ? "Name a YAML file that can be read, or leave the variable away"
                               : "Make it readable for the user who runs citus-init, or remove "
                                 "it";
        if (content.error().code == ExitCode::config) {
            hint = "Put a regular file of at most 1 MB there, or remove it";
        }
        findings.problems.push_back(make_problem(is_given ? given->second.origin : path, "",
                                                 {shown(content.error().message), hint}));
        return std::nullopt;
    }
    return std::pair(path, *std::move(content));
}

}  // namespace

YamlValues read_yaml(const Environment& environment, const RawValues& environment_values,
                     const Filesystem& files, const Environment* before, Findings& findings) {
    const auto found = find_text(environment, environment_values, files, before, findings);
    if (!found) {
        return {};
    }
    const auto& [path, text] = *found;
    YamlReader reader(path, findings);
    reader.read(text);
    return std::move(reader).result();
}

}  // namespace citus_init::settings
