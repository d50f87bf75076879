#include "settings/environment_source.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "settings/guc.h"

namespace citus_init::settings {

namespace {

// Kubernetes gives every pod NAME_PORT=tcp://ADDRESS:PORT for each service of its namespace, so a
// service called citus-coordinator sets CITUS_COORDINATOR_PORT behind the user's back.
bool is_service_link(const Variable& variable, const std::string& value) {
    return variable.type == ValueType::port &&
           (value.rfind("tcp://", 0) == 0 || value.rfind("udp://", 0) == 0);
}

// The official entrypoint reads by $(<file), which drops all trailing newlines; ours is the usual
// rule for secret files. Neither can carry a NUL.
std::string file_value(const Variable& variable, std::string content) {
    content.erase(std::remove(content.begin(), content.end(), '\0'), content.end());
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
    EnvironmentReader(const Environment& environment, const Filesystem& files, Findings& findings)
        : environment_(environment), files_(files), findings_(findings) {
        result_.resolved = environment;
    }

    void read(const Variable& variable) {
        const std::string name(variable.name);
        const std::string file_name = name + std::string(kFileSuffix);
        std::string text = value_of(environment_, name);
        if (is_service_link(variable, text)) {
            warn_of_service_link(name, text);
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
            result_.values[&variable] =
                RawValue{text, Source::environment, name, name, !variable.secret};
        }
    }

    EnvironmentValues result() && { return std::move(result_); }

  private:
    void read_file(const Variable& variable, const std::string& file_name,
                   const std::string& path) {
        const auto content = files_.read(path);
        if (!content) {
            add_problem(variable, file_name,
                        {shown(content.error().message),
                         "Give the path of a file that the user who runs citus-init may read"});
            return;
        }
        const std::string text = file_value(variable, *content);
        const std::string name(variable.name);
        result_.resolved.erase(file_name);
        if (text.empty()) {
            findings_.warnings.push_back(make_problem(
                file_name, path,
                {fmt::format("is an empty file, so {} counts as not set", name),
                 fmt::format("Write the value into the file, or leave {} away", file_name)}));
            return;
        }
        result_.resolved[name] = text;
        result_.values[&variable] = RawValue{text, Source::environment, file_name, name, false};
    }

    void warn_of_service_link(const std::string& name, const std::string& value) {
        findings_.warnings.push_back(make_problem(
            name, value,
            {"comes from a Kubernetes service link, not from you, and is ignored",
             "Set enableServiceLinks: false in the pod, or set this variable to a port"}));
    }

    void add_problem(const Variable& variable, const std::string& place, Complaint complaint) {
        findings_.problems.push_back(make_problem(place, "", std::move(complaint)));
        findings_.failed.emplace(variable.name);
    }

    const Environment& environment_;
    const Filesystem& files_;
    Findings& findings_;
    EnvironmentValues result_;
};

}  // namespace

const std::string& value_of(const Environment& environment, std::string_view name) {
    static const std::string none;
    const auto found = environment.find(std::string(name));
    return found == environment.end() ? none : found->second;
}

EnvironmentValues read_environment(const Environment& environment, const Filesystem& files,
                                   Findings& findings) {
    EnvironmentReader reader(environment, files, findings);
    for (const Variable* variable : variables()) {
        if (variable->kind != Kind::family) {
            reader.read(*variable);
        }
    }
    return std::move(reader).result();
}

std::vector<GucAssignment> read_environment_gucs(const Environment& environment,
                                                 Findings& findings) {
    std::vector<GucAssignment> result;
    for (const auto& [name, value] : environment) {
        if (name.rfind(kGucPrefix, 0) != 0 || value.empty()) {
            continue;
        }
        const auto guc = guc_name_of(std::string_view(name).substr(kGucPrefix.size()));
        if (!guc) {
            findings.problems.push_back(make_problem(name, "", guc.error()));
            continue;
        }
        result.push_back({*guc, RawValue{value, Source::environment, name, name, false}});
    }
    return result;
}

}  // namespace citus_init::settings
