#include "settings/patroni_declaration.h"
#include "settings/patroni_value.h"

namespace citus_init::settings {

namespace {

using Apply = Parsed<void> (*)(Draft& draft, const Sourced& value);

Declaration secret(std::string_view name, std::string_view default_text, std::string_view meaning,
                   Apply apply) {
    Declaration declaration =
        declared_for_patroni(name, ValueType::text, default_text, meaning, apply);
    declaration.variable.secret = true;
    return declaration;
}

template <std::string Etcd3Settings::*field>
Parsed<void> put_etcd3_word(Draft& draft, const Sourced& value) {
    return put(patroni(draft).etcd3.*field, parse_word(value.text));
}

template <std::string Etcd3Settings::*field>
Parsed<void> put_etcd3_path(Draft& draft, const Sourced& value) {
    return put(patroni(draft).etcd3.*field, parse_absolute_path(value.text));
}

template <std::string RestApiSettings::*field>
Parsed<void> put_rest_path(Draft& draft, const Sourced& value) {
    return put(patroni(draft).rest_api.*field, parse_absolute_path(value.text));
}

Parsed<void> put_etcd3_hosts(Draft& draft, const Sourced& value) {
    return put(patroni(draft).etcd3.hosts, parse_etcd_hosts(value.text));
}

const Choices<ClientVerification>& client_verifications() {
    static const Choices<ClientVerification> choices{{"none", ClientVerification::none},
                                                     {"optional", ClientVerification::optional},
                                                     {"required", ClientVerification::required}};
    return choices;
}

std::vector<Declaration> member_declarations() {
    return {
        declared_for_patroni("PATRONI_SCOPE", ValueType::text, "required",
                             "The cluster's name, the same for all groups",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).scope, parse_scope(value.text));
                             }),
        declared_for_patroni("PATRONI_NAMESPACE", ValueType::text, "`/service/`",
                             "Where the clusters are in the configuration store",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).namespace_path,
                                            parse_namespace(value.text));
                             }),
        declared_for_patroni(
            "PATRONI_NAME", ValueType::text, "the host name",
            "This member: lower-case letters, digits and `-`, another one for each. A member "
            "with a new name copies the whole group anew",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).name, parse_member_name(value.text));
            }),
        declared_for_patroni(
            "PATRONI_CITUS_GROUP", ValueType::whole_number, "required",
            "`0`: the coordinator's group. `1` and up: worker groups; a group is one worker, "
            "however many members it has, and keeps its number for ever",
            [](Draft& draft, const Sourced& value) {
                constexpr int kMost = 1'000'000;
                return put(patroni(draft).group, parse_whole_number(value.text, 0, kMost));
            }),
        declared_for_patroni("PATRONI_CITUS_DATABASE", ValueType::text,
                             "`CITUS_DATABASE`, else `POSTGRES_DB`, else citus",
                             "The database of Citus",
                             [](Draft& draft, const Sourced& value) {
                                 return put(draft.settings.citus.database, parse_name(value.text));
                             }),
    };
}

std::vector<Declaration> etcd3_declarations() {
    return {
        declared_for_patroni(
            "PATRONI_ETCD3_HOSTS", ValueType::host_list, "required",
            "The etcd servers, `host[:port],...`. Another configuration store needs no "
            "declaration here: its `PATRONI_*` variables are passed on",
            put_etcd3_hosts),
        declared_for_patroni("PATRONI_ETCD3_HOST", ValueType::host_list, "none",
                             "The same for one server", put_etcd3_hosts),
        declared_for_patroni("PATRONI_ETCD3_URL", ValueType::text, "none", "The same as a URL",
                             put_etcd3_word<&Etcd3Settings::url>),
        declared_for_patroni("PATRONI_ETCD3_SRV", ValueType::text, "none",
                             "A domain whose SRV records name the servers",
                             put_etcd3_word<&Etcd3Settings::service>),
        declared_for_patroni(
            "PATRONI_ETCD3_PROTOCOL", ValueType::choice, "http",
            "`https` is the default with `PATRONI_ETCD3_CACERT` or `PATRONI_ETCD3_CERT`",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).etcd3.protocol,
                           parse_choice(value.text, Choices<std::string>{{"http", "http"},
                                                                         {"https", "https"}}));
            }),
        declared_for_patroni("PATRONI_ETCD3_CACERT", ValueType::path, "none",
                             "The authority that etcd's certificates come from",
                             put_etcd3_path<&Etcd3Settings::ca_path>),
        declared_for_patroni("PATRONI_ETCD3_CERT", ValueType::path, "none",
                             "This node's certificate for etcd",
                             put_etcd3_path<&Etcd3Settings::cert_path>),
        declared_for_patroni("PATRONI_ETCD3_KEY", ValueType::path, "none", "Its key",
                             put_etcd3_path<&Etcd3Settings::key_path>),
        declared_for_patroni("PATRONI_ETCD3_USERNAME", ValueType::text, "none", "A user of etcd",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).etcd3.credentials.username,
                                            parse_word(value.text));
                             }),
        secret("PATRONI_ETCD3_PASSWORD", "none", "Its password",
               [](Draft& draft, const Sourced& value) {
                   return put(patroni(draft).etcd3.credentials.password,
                              parse_secret_line(value.text));
               }),
    };
}

std::vector<Declaration> rest_api_address_declarations() {
    return {
        declared_for_patroni("PATRONI_RESTAPI_LISTEN", ValueType::text, "`0.0.0.0:8008`",
                             "Where Patroni's REST API listens",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).rest_api.listen,
                                            parse_listen_address(value.text));
                             }),
        declared_for_patroni("PATRONI_RESTAPI_CONNECT_ADDRESS", ValueType::text,
                             "the node's name and the port that it listens at",
                             "Where other nodes reach it",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).rest_api.connect_address,
                                            parse_connect_address(value.text));
                             }),
        declared_for_patroni(
            "PATRONI_RESTAPI_USERNAME", ValueType::text, "required",
            "The user that may change something through it, the same in all groups: without, "
            "anybody could block the writes to a group",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).rest_api.credentials.username, parse_word(value.text));
            }),
        secret("PATRONI_RESTAPI_PASSWORD", "required", "Its password, the same in all groups",
               [](Draft& draft, const Sourced& value) {
                   return put(patroni(draft).rest_api.credentials.password,
                              parse_secret_line(value.text));
               }),
    };
}

std::vector<Declaration> rest_api_certificate_declarations() {
    return {
        declared_for_patroni("PATRONI_RESTAPI_CERTFILE", ValueType::path,
                             "with certificates between the nodes: the node's", "Its certificate",
                             put_rest_path<&RestApiSettings::cert_path>),
        declared_for_patroni("PATRONI_RESTAPI_KEYFILE", ValueType::path, "likewise",
                             "The certificate's key", put_rest_path<&RestApiSettings::key_path>),
        declared_for_patroni("PATRONI_RESTAPI_CAFILE", ValueType::path, "likewise",
                             "The authority that other members' certificates come from",
                             put_rest_path<&RestApiSettings::ca_path>),
        {{.name = "PATRONI_RESTAPI_VERIFY_CLIENT",
          .group = Group::patroni,
          .type = ValueType::choice,
          .default_text = "optional with certificates between the nodes",
          .meaning = "Who must show a certificate: nobody, who changes something, everybody",
          .since = "0.2",
          .allowed = names_of(client_verifications())},
         [](Draft& draft, const Sourced& value) {
             return put(patroni(draft).rest_api.verify_client,
                        parse_choice(value.text, client_verifications()));
         }},
    };
}

std::vector<Declaration> member_server_declarations() {
    return {
        declared_for_patroni("PATRONI_POSTGRESQL_LISTEN", ValueType::text, "0.0.0.0 and `PGPORT`",
                             "Where the server listens",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).listen,
                                            parse_listen_address(value.text));
                             }),
        declared_for_patroni("PATRONI_POSTGRESQL_CONNECT_ADDRESS", ValueType::text,
                             "`CITUS_NODE_HOST` and the port that it listens at",
                             "Where other nodes reach it: the name and port in `pg_dist_node`",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).connect_address,
                                            parse_connect_address(value.text));
                             }),
        declared_for_patroni(
            "PATRONI_POSTGRESQL_DATA_DIR", ValueType::path, "`PGDATA`",
            "The data directory. Never a mount point: Patroni renames it when a bootstrap "
            "fails",
            [](Draft& draft, const Sourced& value) {
                return put(draft.settings.postgres.data_directory, parse_absolute_path(value.text));
            }),
        declared_for_patroni("PATRONI_POSTGRESQL_BIN_DIR", ValueType::path,
                             "`CITUS_PG_BINDIR`, else found", "PostgreSQL's programs",
                             [](Draft& draft, const Sourced& value) {
                                 return put(draft.settings.postgres.bin_directory,
                                            parse_absolute_path(value.text));
                             }),
        declared_for_patroni(
            "PATRONI_POSTGRESQL_PGPASS", ValueType::path, "pgpass in `CITUS_PATRONI_DIR`",
            "The password file that Patroni writes",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).pgpass_path, parse_absolute_path(value.text));
            }),
    };
}

std::vector<Declaration> user_declarations() {
    return {
        declared_for_patroni("PATRONI_SUPERUSER_USERNAME", ValueType::text, "`POSTGRES_USER`",
                             "The superuser, the same in all groups",
                             [](Draft& draft, const Sourced& value) {
                                 return put(draft.settings.postgres.user, parse_word(value.text));
                             }),
        secret("PATRONI_SUPERUSER_PASSWORD", "`POSTGRES_PASSWORD`",
               "Its password, the same in all groups. Required without certificates",
               [](Draft& draft, const Sourced& value) {
                   return put(draft.settings.postgres.password, parse_secret_line(value.text));
               }),
        declared_for_patroni("PATRONI_REPLICATION_USERNAME", ValueType::text, "`replicator`",
                             "Whom replicas connect as",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).replication.username,
                                            parse_word(value.text));
                             }),
        secret("PATRONI_REPLICATION_PASSWORD", "none",
               "Its password. Required without certificates",
               [](Draft& draft, const Sourced& value) {
                   return put(patroni(draft).replication.password, parse_secret_line(value.text));
               }),
        declared_for_patroni("PATRONI_REWIND_USERNAME", ValueType::text, "`rewind`",
                             "Whom pg_rewind connects as",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).rewind.username, parse_word(value.text));
                             }),
        secret("PATRONI_REWIND_PASSWORD", "none", "Its password. Required without certificates",
               [](Draft& draft, const Sourced& value) {
                   return put(patroni(draft).rewind.password, parse_secret_line(value.text));
               }),
    };
}

}  // namespace

std::vector<Declaration> patroni_declarations() {
    return concatenated({member_declarations(), etcd3_declarations(),
                         rest_api_address_declarations(), rest_api_certificate_declarations(),
                         member_server_declarations(), user_declarations(),
                         high_availability_declarations()});
}

}  // namespace citus_init::settings
