#include "citus_init/settings/reference.h"

#include <fmt/core.h>

#include "citus_init/settings/registry.h"

namespace citus_init::settings {

namespace {

constexpr std::string_view kIntroduction = R"(# Settings

<!-- Made from the registry in src/settings by `citus-init docs settings`. Do not edit. -->

A setting is an environment variable or a key of the YAML file. The environment beats the file, the
file beats the default. An empty variable counts as not set. All problems are shown together, before
anything is touched, and the exit code is 78.

For one setting of PostgreSQL the order is, from low to high: PostgreSQL's default, the tuned value,
the role's preset, the user's own postgresql.conf, `postgresql:` of the YAML file,
`CITUS_POSTGRESQL_CONF`, `CITUS_GUC_*`, `ALTER SYSTEM`, `-c` on the command line. Two settings of a
Citus node are completed after that, whatever they are given: `citus` stands first in
`shared_preload_libraries`, and, without Patroni, `output_plugin_libraries` keeps Citus' plugin where
the server has that setting.

## Values

- Booleans: `on`/`off`, `true`/`false`, `yes`/`no`, `1`/`0`, in any case.
- Durations: a number with one of `us`, `ms`, `s`, `min`, `h`, `d`. A bare number means seconds.
- Hosts: a name or an address. In a list `host[:port],...`; an IPv6 address with a port stands in
  brackets.

## Secrets from files

Most variables also take `NAME_FILE` (see the column `_FILE`): the path of a file that holds the
value. Both set is an error, and so is a file that cannot be read. One newline at the end is
stripped, for `POSTGRES_*` all of them, as the official image does. `CITUS_GUC_*` takes no `_FILE`,
because names of PostgreSQL's own end so: `CITUS_GUC_SSL_CERT_FILE` is `ssl_cert_file`.

Secrets are never written to a log, and never passed on to PostgreSQL's environment.

## Unknown names

An unknown `CITUS_*` variable is warned of, with the nearest known name; under `CITUS_STRICT=true`
it is an error. Not complained about: `CITUS_VERSION` of the citusdata/citus image, and what
Kubernetes sets for services whose names begin with `citus` (`CITUS_..._SERVICE_HOST` and the like).
An unknown key in the YAML file is always an error.
)";

std::string_view title(Group group) {
    switch (group) {
        case Group::postgres:
            return "The server, as in the official image";
        case Group::citus:
            return "Citus";
        case Group::postgresql:
            return "PostgreSQL's own settings";
        case Group::supervisor:
            return "The supervisor";
        case Group::http:
            return "Probes, metrics and the page";
        case Group::backup:
            return "Backup with pgBackRest";
        case Group::patroni:
            return "High availability with Patroni";
    }
    return "";
}

std::string_view type_name(ValueType type) {
    switch (type) {
        case ValueType::boolean:
            return "boolean";
        case ValueType::whole_number:
            return "whole number";
        case ValueType::port:
            return "port";
        case ValueType::duration:
            return "duration";
        case ValueType::choice:
            return "choice";
        case ValueType::text:
            return "text";
        case ValueType::block:
            return "lines";
        case ValueType::host:
            return "host";
        case ValueType::host_list:
            return "list of hosts";
        case ValueType::path:
            return "absolute path";
    }
    return "";
}

std::string value_column(const Variable& variable) {
    std::string result;
    for (const auto name : variable.allowed) {
        result += fmt::format("{}`{}`", result.empty() ? "" : ", ", name);
    }
    if (result.empty()) {
        result = type_name(variable.type);
    }
    if (variable.secret) {
        result += ", secret";
    }
    return result;
}

std::string row(const Variable& variable) {
    return fmt::format(
        "| `{}` | {} | {} | {} | {} | {} | {} |\n", variable.name, variable.takes_file ? "yes" : "",
        variable.yaml_key.empty() ? "" : fmt::format("`{}`", variable.yaml_key),
        value_column(variable), variable.default_text, variable.meaning, variable.since);
}

// What is to be said before a table.
std::string_view preface(Group group) {
    switch (group) {
        case Group::patroni:
            return R"(These are read with `CITUS_HA=patroni` only: see [high-availability.md](high-availability.md).
Patroni's own names are taken where it has one; a `PATRONI_*` that is not in this table is passed on to
Patroni. The YAML file's `patroni:` takes whatever else is to be in Patroni's own file.

)";
        case Group::backup:
            return R"(What is below `CITUS_BACKUP` is read with `CITUS_BACKUP=pgbackrest` only: see [backup.md](backup.md).

)";
        case Group::postgres:
        case Group::citus:
        case Group::postgresql:
        case Group::supervisor:
        case Group::http:
            return "";
    }
    return "";
}

std::string table(Group group) {
    std::string result = fmt::format(
        "\n## {}\n\n{}| variable | `_FILE` | YAML key | value | default | meaning | since |\n"
        "|---|---|---|---|---|---|---|\n",
        title(group), preface(group));
    for (const Variable* variable : variables()) {
        if (variable->group == group && variable->kind != Kind::planned) {
            result += row(*variable);
        }
    }
    return result;
}

// "" while nothing is planned.
std::string planned_list() {
    std::string result;
    for (const Variable* variable : variables()) {
        if (variable->kind == Kind::planned) {
            result += fmt::format("- `{}`: {}\n", variable->name, variable->meaning);
        }
    }
    return result.empty()
               ? result
               : "\n## Not in this version\n\nThese names are reserved. Setting one is an "
                 "error, so that nobody takes it for done.\n\n" +
                     result;
}

}  // namespace

std::string reference_markdown() {
    std::string result(kIntroduction);
    for (const auto group : {Group::postgres, Group::citus, Group::postgresql, Group::supervisor,
                             Group::http, Group::backup, Group::patroni}) {
        result += table(group);
    }
    return result + planned_list();
}

std::string completion_list() {
    std::string result;
    for (const Variable* variable : variables()) {
        if (variable->kind != Kind::setting) {
            continue;
        }
        result += variable->name;
        if (variable->type == ValueType::boolean) {
            result += " true false";
        }
        for (const auto value : variable->allowed) {
            result += fmt::format(" {}", value);
        }
        result += '\n';
    }
    return result;
}

}  // namespace citus_init::settings
