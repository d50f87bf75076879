#include "citus_init/settings/load.h"

#include <algorithm>

#include <fmt/core.h>

#include "settings/backup_checks.h"
#include "settings/checks.h"
#include "settings/environment_source.h"
#include "settings/guc.h"
#include "settings/path_checks.h"
#include "settings/patroni_checks.h"
#include "settings/unknown.h"
#include "settings/yaml_source.h"

namespace citus_init::settings {

namespace {

const Sourced* find_value(const Variable& variable, const RawValues& environment,
                          const RawValues& yaml) {
    for (const RawValues* values : {&environment, &yaml}) {
        if (const auto found = values->find(&variable); found != values->end()) {
            return &found->second;
        }
    }
    return nullptr;
}

Parsed<void> apply(const Declaration& declaration, Draft& draft, const Sourced& value) {
    const Variable& variable = declaration.variable;
    if (declaration.apply != nullptr) {
        return declaration.apply(draft, value);
    }
    if (std::find(variable.allowed.begin(), variable.allowed.end(), value.text) !=
        variable.allowed.end()) {
        return {};
    }
    return complain(fmt::format("is not available in this version of citus-init: {} is yet to come",
                                variable.name),
                    "Leave it away");
}

// The options of a method of pg_hba.conf may hold a password (ldapbindpasswd), those of pgBackRest
// a key, and a URL may hold either.
std::string_view fit_to_show(const Declaration& declaration, const Sourced& value) {
    const std::string_view text = value.text;
    const std::string_view name = declaration.variable.name;
    if (name == "POSTGRES_HOST_AUTH_METHOD") {
        return text.substr(0, text.find_first_of(" \t\r\n"));
    }
    const bool may_hold_secret =
        name == "CITUS_BACKUP_OPTIONS" ||
        (name == "CITUS_BACKUP_REPO" && text.find_first_of("@?") != std::string_view::npos);
    return may_hold_secret ? "" : text;
}

// Not where `of` itself is wrong: then nobody knows.
void warn_of_no_effect(const std::string& place, std::string_view of, std::string_view value,
                       Findings& findings) {
    if (!findings.failed.contains(of)) {
        findings.warnings.push_back(
            make_problem(place, "",
                         {fmt::format("has no effect without {}={}", of, value),
                          fmt::format("Set {}={}, or remove it", of, value)}));
    }
}

void warn_of_no_patroni(const std::string& place, Findings& findings) {
    warn_of_no_effect(place, "CITUS_HA", "patroni", findings);
}

bool is_part_of_backup(const Variable& variable) {
    return variable.group == Group::backup && variable.kind == Kind::setting &&
           variable.name != "CITUS_BACKUP";
}

// Who wants a restore must not get an empty database. A cluster that its owner takes for saved is
// worse than one that does not start; CITUS_BACKUP=none is his decision, because the disk fills.
void report_no_backup(const Variable& variable, const Sourced& value, bool is_decided,
                      Findings& findings) {
    const bool is_restore =
        variable.name == "CITUS_RESTORE" && to_lower(trim(value.text)) != "none";
    const bool is_schedule =
        variable.name.ends_with("_EVERY") && trim(value.text) != "0" && !is_decided;
    if (findings.failed.contains("CITUS_BACKUP") || !(is_restore || is_schedule)) {
        return warn_of_no_effect(value.origin, "CITUS_BACKUP", "pgbackrest", findings);
    }
    findings.problems.push_back(make_problem(
        value.origin, value.text,
        {is_restore ? "cannot be restored without CITUS_BACKUP=pgbackrest, and nothing else is made"
                    : "asks for backups, and there is no repository for them",
         "Set CITUS_BACKUP=pgbackrest and CITUS_BACKUP_REPO, or remove it"}));
}

void apply_all(const RawValues& environment, const RawValues& yaml, Draft& draft,
               Findings& findings) {
    for (const auto& declaration : declarations()) {
        const Sourced* value = find_value(declaration.variable, environment, yaml);
        if (value == nullptr) {
            continue;
        }
        if (declaration.variable.group == Group::patroni && !draft.settings.patroni) {
            warn_of_no_patroni(value->origin, findings);
            continue;
        }
        if (is_part_of_backup(declaration.variable) && !draft.settings.backup) {
            const bool is_decided =
                find_value(*find_variable("CITUS_BACKUP"), environment, yaml) != nullptr;
            report_no_backup(declaration.variable, *value, is_decided, findings);
            continue;
        }
        if (const auto applied = apply(declaration, draft, *value); !applied) {
            findings.problems.push_back(make_problem(
                value->origin, value->may_be_shown ? fit_to_show(declaration, *value) : "",
                applied.error()));
            findings.failed.emplace(declaration.variable.name);
        } else if (declaration.variable.secret &&
                   trim(value->text).find('\n') != std::string_view::npos) {
            findings.problems.push_back(
                make_problem(value->origin, "",
                             {"contains a line break, and a secret has one line",
                              "Choose a secret of one line"}));
            findings.failed.emplace(declaration.variable.name);
        }
    }
}

// initdb and psql would send the carriage return along, and nobody would ever type it.
void check_password_end(const Settings& settings, Findings& findings) {
    const std::string& password = settings.postgres.password.reveal();
    if (!password.empty() && password.back() == '\r') {
        findings.warnings.push_back(make_problem(
            "POSTGRES_PASSWORD", "",
            {"ends with a carriage return, which is part of the password then",
             "Save the file that it comes from with Unix line ends, if that was not meant"}));
    }
}

void fill_dependent_defaults(Settings& settings) {
    PostgresSettings& postgres = settings.postgres;
    CitusSettings& citus = settings.citus;
    if (postgres.database.empty()) {
        postgres.database = postgres.user;
    }
    if (citus.database.empty()) {
        citus.database = postgres.database;
    }
    if (citus.role == Role::worker && !citus.coordinator_port) {
        citus.coordinator_port = 5432;
    }
}

std::string block_place(const RawValues& environment, const RawValues& yaml) {
    const Sourced* value = find_value(*find_variable("CITUS_POSTGRESQL_CONF"), environment, yaml);
    return value == nullptr ? "" : value->origin;
}

void sort_by_variable(std::vector<Problem>& problems) {
    std::stable_sort(
        problems.begin(), problems.end(),
        [](const Problem& left, const Problem& right) { return left.variable < right.variable; });
}

tl::expected<LoadedSettings, ProblemReport> load(const Environment& environment,
                                                 const Filesystem& files,
                                                 const Environment* before) {
    Findings findings;
    auto from_environment = read_environment(environment, files, before, findings);
    auto from_yaml = read_yaml(environment, from_environment.values, files, before, findings);

    Draft draft;
    draft.gucs = read_environment_gucs(environment, findings);
    draft.gucs.merge(from_yaml.gucs);
    apply_all(from_environment.values, from_yaml.values, draft, findings);

    Settings& settings = draft.settings;
    settle_gucs(draft.gucs, settings.postgresql_conf,
                block_place(from_environment.values, from_yaml.values), findings);
    const auto is_given = [&](std::string_view name) {
        return find_value(*find_variable(name), from_environment.values, from_yaml.values) !=
               nullptr;
    };
    if (settings.patroni) {
        settings.patroni->extra = std::move(from_yaml.patroni);
    } else if (from_yaml.patroni.kind != YamlValue::Kind::null) {
        warn_of_no_patroni("patroni in the YAML file", findings);
    }
    settle_patroni(settings, is_given, findings);
    fill_dependent_defaults(settings);
    check_password_end(settings, findings);
    check_combinations(settings, findings);
    check_paths(settings, files, findings);
    check_backup(settings, environment, findings);
    check_patroni(settings, environment, is_given, findings);
    find_patroni_names(environment, settings.patroni.has_value(), findings);
    find_unknown_names(environment, settings.supervisor.strict, findings);

    sort_by_variable(findings.problems);
    sort_by_variable(findings.warnings);
    if (!findings.problems.empty()) {
        return tl::unexpected(
            ProblemReport{std::move(findings.problems), std::move(findings.warnings)});
    }
    from_environment.resolved[kResolvedYaml] = std::move(from_yaml.text);
    return LoadedSettings{std::move(settings), std::move(findings.warnings),
                          std::move(from_environment.resolved)};
}

}  // namespace

tl::expected<LoadedSettings, ProblemReport> load_settings(const Environment& environment,
                                                          const Filesystem& files) {
    return load(environment, files, nullptr);
}

tl::expected<LoadedSettings, ProblemReport> reload_settings(const Environment& environment,
                                                            const Filesystem& files,
                                                            const Environment& before) {
    return load(environment, files, &before);
}

}  // namespace citus_init::settings
