#include <algorithm>
#include <array>

#include "settings/declaration.h"
#include "settings/hba_checks.h"

namespace citus_init::settings {

namespace {

// The methods of pg_hba.conf, PostgreSQL 13 to 18. An unknown one would end up in a pg_hba.conf
// that no server starts with, after initdb has made the directory.
constexpr std::array<std::string_view, 14> kAuthMethods{
    "trust", "reject", "md5",    "password", "scram-sha-256", "gss",  "sspi",
    "ident", "peer",   "radius", "ldap",     "pam",           "cert", "oauth"};

Parsed<std::string> parse_host_auth_method(const std::string& text) {
    const std::string_view method = std::string_view(text).substr(0, text.find_first_of(" \t"));
    if (text.find_first_of("\r\n") != std::string::npos ||
        std::find(kAuthMethods.begin(), kAuthMethods.end(), method) == kAuthMethods.end()) {
        return complain("is not an authentication method of pg_hba.conf",
                        "Set it to scram-sha-256, or to any other method of PostgreSQL's manual");
    }
    // The line that initdb's pg_hba.conf gets.
    if (auto complaints = check_hba_lines("host all all all " + text); !complaints.empty()) {
        std::string& reason = complaints.front().reason;
        return complain("is refused by the server: it " + reason.substr(reason.find("has ")),
                        complaints.front().fix);
    }
    return text;
}

// initdb takes the first line of its password file only, and .pgpass has one line an entry.
Parsed<Secret> parse_password(const std::string& text) {
    if (text.find('\n') != std::string::npos) {
        return complain("contains a line break, and PostgreSQL's tools take one line only",
                        "Choose a password of one line");
    }
    return Secret(text);
}

// What goes into an empty data directory.
std::vector<Declaration> bootstrap_declarations() {
    return {
        {{.name = "POSTGRES_USER",
          .group = Group::postgres,
          .default_text = "`postgres`",
          .yaml_key = "postgres.user",
          .meaning = "The superuser that initdb makes"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.user, parse_name(value.text));
         }},
        {{.name = "POSTGRES_PASSWORD",
          .group = Group::postgres,
          .default_text = "none",
          .yaml_key = "postgres.password",
          .meaning = "The superuser's password. Needed for an empty data directory (unless "
                     "`POSTGRES_HOST_AUTH_METHOD=trust`, or on a "
                     "worker with `CITUS_CLUSTER_SECRET`) and with `CITUS_INTERNODE_AUTH=password`",
          .secret = true},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.password, parse_password(value.text));
         }},
        {{.name = "POSTGRES_DB",
          .group = Group::postgres,
          .default_text = "`POSTGRES_USER`",
          .yaml_key = "postgres.database",
          .meaning = "The database that is created in an empty data directory"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.database, parse_name(value.text));
         }},
        {{.name = "POSTGRES_INITDB_ARGS",
          .group = Group::postgres,
          .default_text = "none",
          .yaml_key = "postgres.initdb_args",
          .meaning = "More arguments for initdb, quoted as in a shell"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.initdb_args, Parsed<std::string>(value.text));
         }},
    };
}

std::vector<Declaration> bootstrap_place_declarations() {
    return {
        {{.name = "POSTGRES_INITDB_WALDIR",
          .group = Group::postgres,
          .type = ValueType::path,
          .default_text = "inside `PGDATA`",
          .yaml_key = "postgres.initdb_waldir",
          .meaning = "Where the write-ahead log goes",
          .takes_file = false},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.initdb_waldir, parse_absolute_path(value.text));
         }},
        {{.name = "POSTGRES_HOST_AUTH_METHOD",
          .group = Group::postgres,
          .default_text = "what `password_encryption` says",
          .yaml_key = "postgres.host_auth_method",
          .meaning = "The method of the line `host all all all METHOD` that a new pg_hba.conf "
                     "ends with",
          .takes_file = false},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.host_auth_method,
                        parse_host_auth_method(value.text));
         }},
    };
}

std::vector<Declaration> server_declarations() {
    return {
        {{.name = "PGDATA",
          .group = Group::postgres,
          .type = ValueType::path,
          .default_text = "none, the image sets it",
          .meaning = "The data directory",
          .takes_file = false},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.data_directory, parse_absolute_path(value.text));
         }},
        {{.name = "PGPORT",
          .group = Group::postgres,
          .type = ValueType::port,
          .default_text = "what postgresql.conf says",
          .meaning = "The server's port; `-p` on the command line beats it",
          .takes_file = false},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.port, parse_port(value.text));
         }},
        {{.name = "PG_MAJOR",
          .group = Group::postgres,
          .default_text = "none, the image sets it",
          .meaning = "PostgreSQL's major version, to find its programs and the data directories "
                     "of older images",
          .takes_file = false},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.major_version, Parsed<std::string>(value.text));
         }},
        {{.name = "CITUS_PG_BINDIR",
          .group = Group::postgres,
          .type = ValueType::path,
          .default_text = "found by `PATH`",
          .yaml_key = "postgres.bin_directory",
          .meaning = "The directory of PostgreSQL's programs"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgres.bin_directory, parse_absolute_path(value.text));
         }},
    };
}

const Choices<PgUpgradeMethod>& pg_upgrade_methods() {
    static const Choices<PgUpgradeMethod> choices{{"auto", PgUpgradeMethod::automatic},
                                                  {"clone", PgUpgradeMethod::clone},
                                                  {"copy", PgUpgradeMethod::copy},
                                                  {"link", PgUpgradeMethod::link}};
    return choices;
}

std::vector<Declaration> pg_upgrade_declarations() {
    return {
        {{.name = "CITUS_PG_UPGRADE",
          .group = Group::postgres,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "postgres.pg_upgrade",
          .meaning = "Take a data directory of an older major version over by pg_upgrade, instead "
                     "of refusing it. The image needs the programs of both",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.pg_upgrade.enable, parse_boolean(value.text));
         }},
        {{.name = "CITUS_PG_UPGRADE_METHOD",
          .group = Group::postgres,
          .type = ValueType::choice,
          .default_text = "`auto`: `clone` where the file system can, else `copy`",
          .yaml_key = "postgres.pg_upgrade_method",
          .meaning = "How the files get into the new cluster. With `link` there is no way back to "
                     "the old one without a backup",
          .since = "0.3",
          .allowed = names_of(pg_upgrade_methods())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.pg_upgrade.method,
                        parse_choice(value.text, pg_upgrade_methods()));
         }},
        {{.name = "CITUS_PG_UPGRADE_OLD_BINDIR",
          .group = Group::postgres,
          .type = ValueType::path,
          .default_text = "found beside `CITUS_PG_BINDIR`",
          .yaml_key = "postgres.pg_upgrade_old_bindir",
          .meaning = "The directory of the old major version's programs",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.pg_upgrade.old_bin_directory,
                        parse_absolute_path(value.text));
         }},
        {{.name = "CITUS_PG_UPGRADE_CLEAN",
          .group = Group::postgres,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "postgres.pg_upgrade_clean",
          .meaning = "Remove the old cluster that an earlier start kept after pg_upgrade",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.pg_upgrade.clean, parse_boolean(value.text));
         }},
        {{.name = "CITUS_DATA_CHECKSUMS",
          .group = Group::postgres,
          .type = ValueType::boolean,
          .default_text = "`false`: as the old cluster has them",
          .yaml_key = "postgres.data_checksums",
          .meaning = "Switch data checksums on where pg_upgrade takes a data directory over",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.pg_upgrade.data_checksums, parse_boolean(value.text));
         }},
    };
}

}  // namespace

std::vector<Declaration> postgres_declarations() {
    return concatenated({bootstrap_declarations(), bootstrap_place_declarations(),
                         server_declarations(), pg_upgrade_declarations()});
}

}  // namespace citus_init::settings
