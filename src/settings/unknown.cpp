#include "settings/unknown.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/registry.h"

#include "settings/environment_source.h"

namespace citus_init::settings {

namespace {

// Set by the citusdata/citus image (ENV), for information.
constexpr std::array<std::string_view, 1> kIgnored{"CITUS_VERSION"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kBitnamiNames{
    {{"POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"},
     {"POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_PASSWORD"},
     {"POSTGRESQL_USERNAME", "POSTGRES_USER"},
     {"POSTGRESQL_DATABASE", "POSTGRES_DB"},
     {"POSTGRESQL_INITDB_ARGS", "POSTGRES_INITDB_ARGS"},
     {"POSTGRESQL_INITDB_WAL_DIR", "POSTGRES_INITDB_WALDIR"},
     {"POSTGRESQL_DATA_DIR", "PGDATA"},
     {"POSTGRESQL_PORT_NUMBER", "PGPORT"},
     {"POSTGRESQL_SHARED_PRELOAD_LIBRARIES", "CITUS_GUC_SHARED_PRELOAD_LIBRARIES"}}};

bool is_known(std::string_view name) {
    if (find_variable(name) != nullptr || name.rfind(kGucPrefix, 0) == 0 ||
        std::find(kIgnored.begin(), kIgnored.end(), name) != kIgnored.end()) {
        return true;
    }
    const Variable* variable = find_variable(without_file_suffix(name));
    return variable != nullptr && variable->takes_file;
}

// The variable that was meant.
std::optional<std::string> nearest_variable(std::string_view base) {
    std::vector<std::string> candidates;
    for (const Variable* variable : variables()) {
        if (variable->kind == Kind::setting) {
            candidates.emplace_back(variable->name);
        }
    }
    // What all of them begin with makes no two alike, and nobody mistypes the first letter.
    constexpr std::size_t kLength = std::string_view("CITUS_").size();
    std::erase_if(candidates, [&](const std::string& candidate) {
        return candidate.compare(0, kLength + 1, base.substr(0, kLength + 1)) != 0;
    });
    return nearest(base, candidates);
}

std::string fix_for(std::string_view name) {
    const std::string_view base = without_file_suffix(name);
    if (const auto near = nearest_variable(base)) {
        return fmt::format("Did you mean {}{}?", *near, name.substr(base.size()));
    }
    return "Remove it; a setting of PostgreSQL or Citus is given as CITUS_GUC_<NAME>";
}

}  // namespace

bool is_misspelt_secret(std::string_view name) {
    if (!name.starts_with("CITUS_") || is_known(name)) {
        return false;
    }
    const auto near = nearest_variable(without_file_suffix(name));
    const Variable* variable = near ? find_variable(*near) : nullptr;
    return variable != nullptr && variable->secret;
}

bool may_be_misnamed_secret(std::string_view name) {
    constexpr std::array<std::string_view, 5> kSecretNames{"SECRET", "PASSWORD", "PASSWD", "TOKEN",
                                                           "KEY"};
    if (!name.starts_with("CITUS_") || is_known(name)) {
        return false;
    }
    return is_misspelt_secret(name) ||
           std::any_of(kSecretNames.begin(), kSecretNames.end(), [&](std::string_view word) {
               return name.find(word) != std::string_view::npos;
           });
}

void find_unknown_names(const Environment& environment, bool strict, Findings& findings) {
    for (const auto& [name, value] : environment) {
        // Empty is the same as not set. No value is shown: it may be a secret under a wrong name.
        if (name.rfind("CITUS_", 0) == 0 && !value.empty() && !is_known(name) &&
            !is_service_link(name, value)) {
            auto& found = strict ? findings.problems : findings.warnings;
            found.push_back(
                make_problem(name, "", {"is not a variable of citus-init", fix_for(name)}));
        }
    }
    for (const auto& [theirs, ours] : kBitnamiNames) {
        const std::string file(std::string(theirs) + std::string(kFileSuffix));
        const bool is_set =
            !value_of(environment, theirs).empty() || !value_of(environment, file).empty();
        const bool is_answered =
            !value_of(environment, ours).empty() ||
            !value_of(environment, std::string(ours) + std::string(kFileSuffix)).empty();
        if (is_set && !is_answered) {
            findings.warnings.push_back(
                make_problem(theirs, "",
                             {"is a variable of Bitnami's image and has no effect here",
                              fmt::format("Set {} instead", ours)}));
        }
    }
}

}  // namespace citus_init::settings
