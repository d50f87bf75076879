#include "settings/checks.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/load.h"

#include "settings/combination_checker.h"
#include "settings/hba_checks.h"
#include "settings/mesh_value.h"

namespace citus_init::settings {

namespace {

bool are_same(const HostPort& left, const HostPort& right) {
    return !left.host.empty() && to_lower(left.host) == to_lower(right.host) &&
           left.port == right.port;
}

bool is_passphrase(const CitusSettings& citus) {
    return citus.has_mesh() && citus.tls_ca_path.empty() &&
           !is_random_secret(citus.cluster_secret.reveal());
}

class Checker : CombinationChecker {
  public:
    Checker(const Settings& settings, Findings& findings)
        : CombinationChecker(findings),
          settings_(settings),
          postgres_(settings.postgres),
          citus_(settings.citus),
          http_(settings.http),
          block_(settings.postgresql_conf.hba),
          has_patroni_(settings.patroni.has_value()) {}

    void check_all() {
        check_hba(block_);
        check_data_directory();
        check_switched_off();
        check_http();
        check_tuning();
        check_preset();
        if (citus_.enable) {
            check_internode_auth();
            check_own_authority();
            check_secrets();
            if (!has_patroni_) {
                check_worker();
                check_localhost();
            }
        }
    }

  private:
    void check_data_directory() {
        if (are_known({"PGDATA"}) && postgres_.data_directory.empty()) {
            problem("PGDATA", "", "is not set",
                    "Set it to the data directory, for instance /var/lib/postgresql/data");
        }
    }

    void check_hba(std::string_view block) {
        for (Complaint& complaint : check_hba_lines(block)) {
            problem("CITUS_PG_HBA", "", std::move(complaint.reason), std::move(complaint.fix));
        }
    }

    void check_switched_off() {
        if (citus_.enable || !are_known({"CITUS_ENABLE", "CITUS_ROLE", "CITUS_WORKERS"})) {
            return;
        }
        if (!citus_.workers.empty()) {
            problem("CITUS_WORKERS", "", "names workers, but Citus is switched off",
                    "Set CITUS_ENABLE=true, or leave CITUS_WORKERS away");
        }
        if (citus_.worker_discovery) {
            problem("CITUS_WORKER_DISCOVERY", "", "discovers workers, but Citus is switched off",
                    "Set CITUS_ENABLE=true, or leave CITUS_WORKER_DISCOVERY away");
        }
        if (citus_.role == Role::worker) {
            warning("CITUS_ROLE", "worker", "has no effect, because Citus is switched off",
                    "Set CITUS_ENABLE=true, or leave CITUS_ROLE away");
        }
    }

    void check_http() {
        if (!are_known({"CITUS_HTTP_LISTEN"})) {
            return;
        }
        if (!http_.listen && (http_.tls || !http_.token.empty() || http_.metrics_tables)) {
            warning(http_.tls              ? "CITUS_HTTP_TLS"
                    : http_.metrics_tables ? "CITUS_METRICS_TABLES"
                                           : "CITUS_HTTP_TOKEN",
                    "", "has no effect without CITUS_HTTP_LISTEN",
                    "Set CITUS_HTTP_LISTEN=:8009, or leave it away");
        }
        if (http_.listen && http_.tls && !citus_.enable && are_known({"CITUS_ENABLE"})) {
            problem(
                "CITUS_HTTP_TLS", "",
                "needs the certificate of a Citus node, and Citus is "
                "switched off",
                "Set CITUS_ENABLE=true, or leave CITUS_HTTP_TLS away and let a proxy speak TLS");
        }
    }

    // Patroni keeps max_connections and others for the whole group in its store: members whose
    // memory differs would change them for each other, and a replica must not have less.
    void check_tuning() {
        const auto& tuning = settings_.tuning;
        if (tuning.automatic && has_patroni_) {
            problem("CITUS_TUNE", "auto",
                    "has no place with CITUS_HA=patroni, which keeps max_connections and others "
                    "once for all members of a group",
                    "Leave it away, and set the values by CITUS_GUC_*: docs/tuning.md");
        }
        if (!tuning.automatic && tuning.memory && are_known({"CITUS_TUNE"})) {
            warning("CITUS_MEMORY", "", "has no effect without CITUS_TUNE=auto",
                    "Set CITUS_TUNE=auto, or leave it away");
        }
    }

    void check_preset() {
        if (settings_.preset != Preset::test) {
            return;
        }
        constexpr const char* kFix = "Leave one of them away";
        if (has_patroni_) {
            problem("CITUS_PRESET", "test", "and CITUS_HA=patroni contradict each other", kFix);
        }
        if (settings_.backup) {
            problem("CITUS_PRESET", "test", "and CITUS_BACKUP=pgbackrest contradict each other",
                    kFix);
        }
    }

    void check_worker() {
        if (citus_.role != Role::worker || !are_known({"CITUS_ROLE"})) {
            return;
        }
        if (are_known({"CITUS_COORDINATOR_HOST"}) && citus_.coordinator_host.empty()) {
            problem("CITUS_COORDINATOR_HOST", "", "is not set, and a worker has to know it",
                    "Set it to the name that every node reaches the coordinator under");
        }
        if (!citus_.workers.empty()) {
            problem("CITUS_WORKERS", "", "is for the coordinator, and this node is a worker",
                    "Set it on the coordinator only");
        }
        if (citus_.worker_discovery) {
            problem("CITUS_WORKER_DISCOVERY", "",
                    "is for the coordinator, and this node is a worker",
                    "Set it on the coordinator only");
        }
    }

    void check_internode_auth() {
        const bool has_peers = has_patroni_ || citus_.role == Role::worker ||
                               !citus_.workers.empty() || citus_.worker_discovery.has_value() ||
                               citus_.internode_auth == InternodeAuth::trust;
        if (!has_peers || !are_known({"CITUS_ROLE", "CITUS_WORKERS", "CITUS_WORKER_DISCOVERY",
                                      "CITUS_INTERNODE_AUTH"})) {
            return;
        }
        switch (citus_.internode_auth) {
            case InternodeAuth::certificate:
                return check_has_authority();
            case InternodeAuth::password:
                return has_patroni_ ? void() : check_has_password();
            case InternodeAuth::trust:
                warning("CITUS_INTERNODE_AUTH", "trust",
                        "lets whoever reaches this node's port be its superuser",
                        "Use it on closed test networks only, and certificates everywhere else");
        }
    }

    void check_has_authority() {
        if (!citus_.has_mesh() && are_known({"CITUS_CLUSTER_SECRET", "CITUS_TLS_CA_PATH"})) {
            problem("CITUS_CLUSTER_SECRET", "",
                    "is not set, and the nodes of a cluster prove themselves to each other by "
                    "certificates that come from it",
                    "Make one with `openssl rand -hex 32` and give it to every node as "
                    "CITUS_CLUSTER_SECRET or CITUS_CLUSTER_SECRET_FILE. Else name your own "
                    "authority by CITUS_TLS_CA_PATH, CITUS_TLS_CERT_PATH and CITUS_TLS_KEY_PATH, "
                    "or choose CITUS_INTERNODE_AUTH=password, or CITUS_INTERNODE_AUTH=trust on a "
                    "closed test network");
        }
    }

    // Cached connections between nodes log in as the superuser; without a password they could only
    // do so where pg_hba.conf trusts them.
    void check_has_password() {
        if (are_known({"POSTGRES_PASSWORD"}) && postgres_.password.empty()) {
            problem("POSTGRES_PASSWORD", "",
                    "is not set, and CITUS_INTERNODE_AUTH=password makes the nodes of a cluster "
                    "log in to each other with it",
                    "Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, the same on every node");
        }
        const bool has_repository_host = settings_.backup && settings_.backup->has_host();
        if (!citus_.cluster_secret.empty() && !has_repository_host) {
            warning("CITUS_CLUSTER_SECRET", "", "has no effect with CITUS_INTERNODE_AUTH=password",
                    "Leave CITUS_INTERNODE_AUTH away to use certificates");
        }
    }

    void check_own_authority() {
        const int given = (citus_.tls_ca_path.empty() ? 0 : 1) +
                          (citus_.tls_cert_path.empty() ? 0 : 1) +
                          (citus_.tls_key_path.empty() ? 0 : 1);
        if (given == 0 ||
            !are_known({"CITUS_TLS_CA_PATH", "CITUS_TLS_CERT_PATH", "CITUS_TLS_KEY_PATH"})) {
            return;
        }
        constexpr int kAll = 3;
        if (given != kAll) {
            problem(
                "CITUS_TLS_CA_PATH", "",
                "CITUS_TLS_CERT_PATH and CITUS_TLS_KEY_PATH belong together, and one is missing",
                "Set all three, or none and CITUS_CLUSTER_SECRET");
        }
    }

    void check_secrets() {
        const Secret& trusted = citus_.trusted_cluster_secret;
        if (!trusted.empty() && citus_.cluster_secret.empty()) {
            warning("CITUS_TRUSTED_CLUSTER_SECRET", "",
                    "has no effect without CITUS_CLUSTER_SECRET",
                    "Leave it away. The file of CITUS_TLS_CA_PATH may hold several authorities");
        }
        if (!trusted.empty() && trusted == citus_.cluster_secret) {
            warning("CITUS_TRUSTED_CLUSTER_SECRET", "", "is the same as CITUS_CLUSTER_SECRET",
                    "Leave it away once every node has the new secret");
        }
        if (is_passphrase(citus_)) {
            warning("CITUS_CLUSTER_SECRET", "",
                    "is a passphrase, and whoever sees a node's certificate can try passphrases on "
                    "it, millions in a second",
                    "Change it, node by node and without an outage, for one of `openssl rand -hex "
                    "32`: CITUS_TRUSTED_CLUSTER_SECRET");
        }
    }

    // Citus refuses workers while the coordinator is called localhost, unless they are too. Other
    // loopback addresses it takes, and then the workers find themselves instead of the coordinator.
    void check_localhost() {
        const std::string& coordinator =
            citus_.coordinator_host.empty() ? citus_.node_host : citus_.coordinator_host;
        if (citus_.role != Role::coordinator || !is_loopback(coordinator) ||
            !are_known({"CITUS_ROLE", "CITUS_COORDINATOR_HOST", "CITUS_NODE_HOST"})) {
            return;
        }
        const bool is_localhost = to_lower(coordinator) == "localhost";
        if (std::any_of(citus_.workers.begin(), citus_.workers.end(), [&](const HostPort& worker) {
                return !is_loopback(worker.host) ||
                       (is_localhost && to_lower(worker.host) != "localhost");
            })) {
            problem(citus_.coordinator_host.empty() ? "CITUS_NODE_HOST" : "CITUS_COORDINATOR_HOST",
                    "", "is a loopback address, which workers elsewhere cannot reach",
                    "Set it to a name of this coordinator that resolves on every node");
        }
    }

    const Settings& settings_;
    const PostgresSettings& postgres_;
    const CitusSettings& citus_;
    const HttpSettings& http_;
    const std::string& block_;  // CITUS_PG_HBA
    const bool has_patroni_;    // which knows the nodes, and has users and passwords of its own
};

}  // namespace

void check_combinations(const Settings& settings, Findings& findings) {
    Checker(settings, findings).check_all();
}

// The same server under two names, or twice under one, ends in a distributed deadlock with itself
// (40P01).
std::vector<Problem> check_own_address(const Settings& settings, std::uint16_t server_port) {
    const CitusSettings& citus = settings.citus;
    if (!citus.enable || settings.patroni) {
        return {};
    }
    const std::uint16_t own_port = citus.node_port.value_or(server_port);
    const HostPort node{citus.node_host, own_port};
    const HostPort coordinator{citus.coordinator_host, citus.coordinator_port.value_or(own_port)};
    std::vector<Problem> problems;
    if (citus.role == Role::worker && are_same(node, coordinator)) {
        problems.push_back(
            make_problem("CITUS_NODE_HOST", fmt::format("{}:{}", node.host, node.port),
                         {"is the address of the coordinator too, in CITUS_COORDINATOR_HOST",
                          "Give this worker a name or a port of its own"}));
    }
    if (std::any_of(citus.workers.begin(), citus.workers.end(), [&](const HostPort& worker) {
            return are_same(worker, node) || are_same(worker, coordinator);
        })) {
        problems.push_back(make_problem(
            "CITUS_WORKERS", "",
            {"names the coordinator itself",
             "Remove it: a coordinator without workers holds the shards anyway; if it is another "
             "server, set CITUS_NODE_PORT to this one's port"}));
    }
    return problems;
}

std::optional<Problem> check_http_port(const Settings& settings, std::uint16_t server_port) {
    const auto& listen = settings.http.listen;
    if (!listen) {
        return std::nullopt;
    }
    const bool is_servers = listen->port == server_port;
    const bool is_patronis =
        settings.patroni && listen->port == settings.patroni->rest_api.listen.port;
    if (!is_servers && !is_patronis) {
        return std::nullopt;
    }
    return make_problem(
        "CITUS_HTTP_LISTEN", std::to_string(listen->port),
        {is_servers ? "is the port of the server, too" : "is the port of Patroni's REST API, too",
         "Choose another port, for instance 8009"});
}

std::optional<Problem> check_new_secret(const Settings& settings) {
    if (settings.citus.allow_weak_secret || !is_passphrase(settings.citus)) {
        return std::nullopt;
    }
    return make_problem(
        "CITUS_CLUSTER_SECRET", "",
        {"is a passphrase, and a new node needs a secret of random bytes: whoever sees a node's "
         "certificate can try passphrases on it, millions in a second",
         "Make one with `openssl rand -hex 32` and give it to every node, best by "
         "CITUS_CLUSTER_SECRET_FILE. Where the cluster is there already: change its secret "
         "(CITUS_TRUSTED_CLUSTER_SECRET), or set CITUS_ALLOW_WEAK_SECRET=true on the new node"});
}

std::optional<Problem> check_bootstrap_password(const Settings& settings) {
    // Nodes come with certificates, and the superuser of a worker at its socket.
    const bool needs_none = settings.citus.has_mesh() && settings.citus.role == Role::worker;
    if (needs_none || !settings.postgres.password.empty() ||
        settings.postgres.host_auth_method == "trust") {
        return std::nullopt;
    }
    return make_problem(
        "POSTGRES_PASSWORD", "",
        {"Database is uninitialized and superuser password is not specified",
         "You must specify POSTGRES_PASSWORD to a non-empty value for the superuser, for example "
         "\"-e POSTGRES_PASSWORD=password\" on \"docker run\". You may also use "
         "\"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all connections without a password. This is "
         "*not* recommended"});
}

}  // namespace citus_init::settings
