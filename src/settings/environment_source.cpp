#include "settings/environment_source.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"

#include "settings/guc.h"

namespace citus_init::settings {

namespace {

// "tcp://10.96.0.7:5432"
bool is_link_address(std::string_view value) {
    return value.starts_with("tcp://") || value.starts_with("udp://") ||
           value.starts_with("sctp://");
}

bool names_protocol(std::string_view name) {
    constexpr std::array<std::string_view, 3> kProtocols{"_TCP", "_UDP", "_SCTP"};
    return std::any_of(kProtocols.begin(), kProtocols.end(), [&](std::string_view protocol) {
        return name.find(protocol) != std::string_view::npos;
    });
}

// The official entrypoint reads by $(<file), which drops all trailing newlines; ours is the usual
// rule for secret files.
std::string file_value(const Variable& variable, std::string content) {
    const bool official = variable.name.rfind("POSTGRES_", 0) == 0;
    while (!content.empty() && content.back() == '\n') {
        content.pop_back();
        if (!official) {
            break;
        }
    }
    return content;
}

class EnvironmentReader {
  public:
    EnvironmentReader(const Environment& environment, const Filesystem& files,
                      const Environment* before, Findings& findings)
        : environment_(environment), files_(files), before_(before), findings_(findings) {
        result_.resolved = environment;
    }

    void read(const Variable& variable) {
        const std::string name(variable.name);
        const std::string file_name = name + std::string(kFileSuffix);
        std::string text = value_of(environment_, name);
        if (is_service_link(name, text)) {
            log::debug("{}: comes from a Kubernetes service link and is ignored", name);
            result_.resolved.erase(name);
            text.clear();
        }
        const std::string path =
            variable.takes_file ? value_of(environment_, file_name) : std::string();
        if (!text.empty() && !path.empty()) {
            add_problem(variable, name,
                        {fmt::format("both {} and {} are set (but are exclusive)", name, file_name),
                         "Keep one of them"});
        } else if (!path.empty()) {
            read_file(variable, file_name, path);
        } else if (!text.empty()) {
            result_.values[&variable] = Sourced{text, name, Source::environment, !variable.secret};
        }
    }

    EnvironmentValues result() && { return std::move(result_); }

  private:
    void read_file(const Variable& variable, const std::string& file_name,
                   const std::string& path) {
        const auto content = files_.read(path, read_limit::kSetting);
        if (!content && content.error().code == ExitCode::permission && before_ != nullptr) {
            findings_.warnings.push_back(not_read_again(file_name, path));
            take(variable, file_name, value_of(*before_, variable.name));
            return;
        }
        if (!content) {
            add_problem(
                variable, file_name,
                {shown(content.error().message),
                 content.error().code == ExitCode::config
                     ? "Put a regular file of at most 1 MB there"
                     : "Give the path of a file that the user who runs citus-init may read"});
            return;
        }
        if (content->find('\0') != std::string::npos) {
            add_problem(variable, file_name,
                        {fmt::format("\"{}\" holds a NUL byte, which no value can have", path),
                         "Write the value as plain text (UTF-16 and binary files have NUL bytes)"});
            return;
        }
        const std::string text = file_value(variable, *content);
        if (text.empty()) {
            findings_.warnings.push_back(make_problem(
                file_name, path,
                {fmt::format("is an empty file, so {} counts as not set", variable.name),
                 fmt::format("Write the value into the file, or leave {} away", file_name)}));
        }
        take(variable, file_name, text);
    }

    // "" counts as not set.
    void take(const Variable& variable, const std::string& file_name, const std::string& text) {
        result_.resolved.erase(file_name);
        if (!text.empty()) {
            result_.resolved[std::string(variable.name)] = text;
            result_.values[&variable] = Sourced{text, file_name};
        }
    }

    void add_problem(const Variable& variable, const std::string& place, Complaint complaint) {
        findings_.problems.push_back(make_problem(place, "", std::move(complaint)));
        findings_.failed.emplace(variable.name);
    }

    const Environment& environment_;
    const Filesystem& files_;
    const Environment* const before_;
    Findings& findings_;
    EnvironmentValues result_;
};

}  // namespace

bool is_service_link(std::string_view name, std::string_view value) {
    if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos) {
        return true;
    }
    // Before _PORT: a service's variable may end in _PORT_5432_TCP_PORT.
    if (const auto port = name.find("_PORT_"); port != std::string_view::npos) {
        return names_protocol(name.substr(port));
    }
    return name.ends_with("_PORT") && is_link_address(value);
}

const std::string& value_of(const Environment& environment, std::string_view name) {
    static const std::string none;
    const auto found = environment.find(std::string(name));
    return found == environment.end() ? none : found->second;
}

Problem not_read_again(std::string_view place, std::string_view path) {
    return make_problem(place, path,
                        {"was not read again: the user that citus-init has become may not read it. "
                         "What the start read stays in use",
                         "Start the container again to use what is in the file now"});
}

EnvironmentValues read_environment(const Environment& environment, const Filesystem& files,
                                   const Environment* before, Findings& findings) {
    EnvironmentReader reader(environment, files, before, findings);
    for (const Variable* variable : variables()) {
        if (variable->kind != Kind::family) {
            reader.read(*variable);
        }
    }
    return std::move(reader).result();
}

Gucs read_environment_gucs(const Environment& environment, Findings& findings) {
    Gucs result;
    for (const auto& [name, value] : environment) {
        if (name.rfind(kGucPrefix, 0) != 0 || value.empty() || is_service_link(name, value)) {
            continue;
        }
        const auto guc = guc_name_of(std::string_view(name).substr(kGucPrefix.size()));
        if (!guc) {
            findings.problems.push_back(make_problem(name, "", guc.error()));
            continue;
        }
        result.emplace(*guc, Sourced{value, name});
    }
    return result;
}

}  // namespace citus_init::settings
