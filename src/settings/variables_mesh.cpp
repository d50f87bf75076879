#include "settings/declaration.h"
#include "settings/mesh_value.h"

namespace citus_init::settings {

namespace {

Declaration path_declaration(std::string_view name, std::string_view yaml_key,
                             std::string_view meaning,
                             Parsed<void> (*apply)(Draft& draft, const Sourced& value)) {
    return {{.name = name,
             .group = Group::citus,
             .type = ValueType::path,
             .default_text = "none",
             .yaml_key = yaml_key,
             .meaning = meaning,
             .takes_file = false},
            apply};
}

std::vector<Declaration> authority_declarations() {
    return {
        {{.name = "CITUS_CLUSTER_SECRET",
          .group = Group::citus,
          .default_text = "none",
          .yaml_key = "citus.cluster_secret",
          .meaning =
              "The one secret of a cluster, the same on every node: the authority that signs "
              "the nodes' certificates is derived from it. At least 32 hexadecimal digits, or "
              "the base64 form of 32 bytes: make one with `openssl rand -hex 32`",
          .secret = true},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.cluster_secret, parse_cluster_secret(value.text));
         }},
        {{.name = "CITUS_TRUSTED_CLUSTER_SECRET",
          .group = Group::citus,
          .default_text = "none",
          .yaml_key = "citus.trusted_cluster_secret",
          .meaning =
              "While a cluster changes its secret: another one, whose nodes are trusted as well. "
              "See operations.md",
          .secret = true},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.trusted_cluster_secret,
                        parse_cluster_secret(value.text));
         }},
        {{.name = "CITUS_ALLOW_WEAK_SECRET",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.allow_weak_secret",
          .meaning = "Make a new node of a cluster whose `CITUS_CLUSTER_SECRET` is a passphrase"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.allow_weak_secret, parse_boolean(value.text));
         }},
        path_declaration(
            "CITUS_TLS_CA_PATH", "citus.tls_ca_path",
            "Instead of the authority that comes from the secret: an own one, which signs "
            "this cluster's nodes and nothing else",
            [](Draft& draft, const Sourced& value) {
                return put(draft.settings.citus.tls_ca_path, parse_absolute_path(value.text));
            }),
        path_declaration("CITUS_TLS_CERT_PATH", "citus.tls_cert_path",
                         "This node's certificate from that authority, for `CITUS_NODE_HOST`",
                         [](Draft& draft, const Sourced& value) {
                             return put(draft.settings.citus.tls_cert_path,
                                        parse_absolute_path(value.text));
                         }),
        path_declaration("CITUS_TLS_KEY_PATH", "citus.tls_key_path",
                         "The key of that certificate; the server's user must be able to read it",
                         [](Draft& draft, const Sourced& value) {
                             return put(draft.settings.citus.tls_key_path,
                                        parse_absolute_path(value.text));
                         }),
    };
}

}  // namespace

std::vector<Declaration> mesh_declarations() {
    auto access = std::vector<Declaration>{
        {{.name = "CITUS_CERTIFICATE_LIFETIME",
          .group = Group::citus,
          .type = ValueType::duration,
          .default_text = "`90d`",
          .yaml_key = "citus.certificate_lifetime",
          .meaning = "How long a node's certificate lasts. It is renewed after two thirds of that, "
                     "without a restart"},
         [](Draft& draft, const Sourced& value) {
             return put(
                 draft.settings.citus.certificate_lifetime,
                 parse_duration(value.text, std::chrono::seconds(10), std::chrono::hours(24 * 3650))
                     .map([](std::chrono::milliseconds lifetime) {
                         return std::chrono::duration_cast<std::chrono::seconds>(lifetime);
                     }));
         }},
        {{.name = "CITUS_WORKER_CLIENTS",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.worker_clients",
          .meaning = "On a worker whose cluster has certificates: let clients in, too, as "
                     "`pg_hba.conf` says. Otherwise only nodes"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.worker_clients, parse_boolean(value.text));
         }},
        {{.name = "CITUS_NODE_NETWORKS",
          .group = Group::citus,
          .type = ValueType::text,
          .default_text = "none",
          .yaml_key = "citus.node_networks",
          .meaning = "`address/bits,...`: networks that only nodes connect from, with their "
                     "certificates. Needed where a node's connections come from another address "
                     "than its name resolves to"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.node_networks, parse_networks(value.text));
         }},
    };
    return concatenated({authority_declarations(), std::move(access)});
}

}  // namespace citus_init::settings
