#include "settings/patroni_checks.h"

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"

#include "settings/environment_source.h"
#include "settings/value.h"

namespace citus_init::settings {

namespace {

constexpr std::chrono::seconds kStopTimeout{60};

class Assessor {
  public:
    Assessor(const IsGiven& is_given, Findings& findings)
        : is_given_(is_given), findings_(findings) {}

    bool is_given(std::string_view variable) const { return is_given_(variable); }
    bool is_known(std::string_view variable) const { return !findings_.failed.contains(variable); }

    void problem(std::string_view variable, std::string reason, std::string fix) {
        findings_.problems.push_back(
            make_problem(variable, "", {std::move(reason), std::move(fix)}));
    }
    void warning(std::string_view variable, std::string reason, std::string fix) {
        findings_.warnings.push_back(
            make_problem(variable, "", {std::move(reason), std::move(fix)}));
    }
    void refuse_if_given(std::string_view variable, std::string reason, std::string fix) {
        if (is_given(variable)) {
            problem(variable, std::move(reason), std::move(fix));
        }
    }
    void require(std::string_view variable, bool is_there, std::string reason, std::string fix) {
        if (!is_there && is_known(variable)) {
            problem(variable, std::move(reason), std::move(fix));
        }
    }

  private:
    const IsGiven& is_given_;
    Findings& findings_;
};

void settle_role(Settings& settings, Assessor& assessor) {
    constexpr const char* kGroup = "PATRONI_CITUS_GROUP";
    auto& citus = settings.citus;
    if (assessor.is_given("CITUS_ENABLE") && !citus.enable && assessor.is_known("CITUS_ENABLE")) {
        assessor.problem("CITUS_ENABLE",
                         "is false, and CITUS_HA=patroni is for the nodes of a Citus cluster",
                         "Set it to true, or leave it away");
    }
    citus.enable = true;
    if (!assessor.is_given(kGroup) || !assessor.is_known(kGroup)) {
        return;
    }
    const Role role = settings.patroni->group == 0 ? Role::coordinator : Role::worker;
    if (assessor.is_given("CITUS_ROLE") && assessor.is_known("CITUS_ROLE") && role != citus.role) {
        assessor.problem("CITUS_ROLE",
                         fmt::format("and PATRONI_CITUS_GROUP={} contradict each other: group 0 is "
                                     "the coordinator's, every other one a worker's",
                                     settings.patroni->group),
                         "Leave CITUS_ROLE out; the group decides the role");
    }
    citus.role = role;
}

void settle_port(Settings& settings, Assessor& assessor) {
    auto& listen = settings.patroni->listen;
    if (!listen) {
        listen = ListenAddress{"0.0.0.0", settings.postgres.port.value_or(5432)};
    } else if (settings.postgres.port && *settings.postgres.port != listen->port) {
        assessor.problem("PATRONI_POSTGRESQL_LISTEN", "has another port than PGPORT",
                         "Leave PGPORT away");
    }
    settings.postgres.port = listen->port;
}

bool has_other_store(const Settings& settings, const Environment& environment) {
    for (const char* store : {"consul", "zookeeper", "exhibitor", "kubernetes", "raft", "etcd3"}) {
        if (settings.patroni->extra.find(store) != nullptr) {
            return true;
        }
        const std::string prefix = fmt::format("PATRONI_{}_", to_upper(store));
        for (const auto& [name, value] : environment) {
            if (name.starts_with(prefix) && !value.empty() && prefix != "PATRONI_ETCD3_") {
                return true;
            }
        }
    }
    return false;
}

void check_store(const Settings& settings, const Environment& environment, Assessor& assessor) {
    const Etcd3Settings& etcd3 = settings.patroni->etcd3;
    const bool failed = !assessor.is_known("PATRONI_ETCD3_HOST") ||
                        !assessor.is_known("PATRONI_ETCD3_URL") ||
                        !assessor.is_known("PATRONI_ETCD3_SRV");
    assessor.require("PATRONI_ETCD3_HOSTS",
                     failed || etcd3.is_named() || has_other_store(settings, environment),
                     "is not set, and Patroni keeps the cluster's state in a configuration store",
                     "Set it to the etcd servers, host:port,... (three for high availability), or "
                     "give the PATRONI_* variables of another store");
    if (etcd3.cert_path.empty() != etcd3.key_path.empty()) {
        assessor.require("PATRONI_ETCD3_CERT", false, "and PATRONI_ETCD3_KEY belong together",
                         "Set both or none");
    }
    if (etcd3.credentials.username.empty() != etcd3.credentials.password.empty()) {
        assessor.require("PATRONI_ETCD3_USERNAME", false,
                         "and PATRONI_ETCD3_PASSWORD belong together", "Set both or none");
    }
    assessor.require(
        "PATRONI_ETCD3_USERNAME", etcd3.credentials.username.empty() || etcd3.url.empty(),
        "and PATRONI_ETCD3_URL cannot be used together: Patroni takes the user from the "
        "URL alone",
        "Name the server with PATRONI_ETCD3_HOSTS");
}

void check_rest_api(const Settings& settings, Assessor& assessor) {
    const RestApiSettings& rest = settings.patroni->rest_api;
    constexpr const char* kWhy =
        "is not set, and without it anybody who reaches Patroni's port could stop the writes of "
        "the cluster";
    assessor.require("PATRONI_RESTAPI_USERNAME", !rest.credentials.username.empty(), kWhy,
                     "Set it to the same name in all groups");
    assessor.require(
        "PATRONI_RESTAPI_PASSWORD", !rest.credentials.password.empty(), kWhy,
        "Set it, or PATRONI_RESTAPI_PASSWORD_FILE, to the same password in all groups");
    if (rest.cert_path.empty() != rest.key_path.empty()) {
        assessor.require("PATRONI_RESTAPI_CERTFILE", false,
                         "and PATRONI_RESTAPI_KEYFILE belong together", "Set both or none");
    }
    const bool verifies = rest.verify_client && *rest.verify_client != ClientVerification::none;
    if (verifies && !settings.citus.has_mesh() && rest.ca_path.empty()) {
        assessor.require("PATRONI_RESTAPI_VERIFY_CLIENT", false,
                         "asks for certificates, and PATRONI_RESTAPI_CAFILE does not say whose",
                         "Set PATRONI_RESTAPI_CAFILE");
    }
}

void check_passwords(const Settings& settings, Assessor& assessor) {
    if (settings.citus.has_mesh() || !assessor.is_known("CITUS_CLUSTER_SECRET") ||
        !assessor.is_known("CITUS_INTERNODE_AUTH")) {
        return;
    }
    constexpr const char* kFix =
        "Set it, or its _FILE, to the same password in all groups; or give the nodes certificates "
        "by CITUS_CLUSTER_SECRET";
    const bool failed = !assessor.is_known("POSTGRES_PASSWORD");
    assessor.require("PATRONI_SUPERUSER_PASSWORD", failed || !settings.postgres.password.empty(),
                     "is not set, nor POSTGRES_PASSWORD, and nodes log in to each other with it",
                     kFix);
    assessor.require("PATRONI_REPLICATION_PASSWORD",
                     !settings.patroni->replication.password.empty(),
                     "is not set, and replicas log in with it", kFix);
    assessor.require("PATRONI_REWIND_PASSWORD", !settings.patroni->rewind.password.empty(),
                     "is not set, and pg_rewind logs in with it", kFix);
}

void check_times(const PatroniSettings& patroni, Assessor& assessor) {
    const bool known = assessor.is_known("CITUS_PATRONI_TTL") &&
                       assessor.is_known("CITUS_PATRONI_LOOP_WAIT") &&
                       assessor.is_known("CITUS_PATRONI_RETRY_TIMEOUT");
    const auto least = patroni.loop_wait + 2 * patroni.retry_timeout;
    if (known && patroni.ttl < least) {
        assessor.problem(
            "CITUS_PATRONI_TTL",
            fmt::format("is {} s, less than CITUS_PATRONI_LOOP_WAIT and twice "
                        "CITUS_PATRONI_RETRY_TIMEOUT ({} s): a leader would lose its key "
                        "while it still tries to renew it",
                        patroni.ttl.count(), least.count()),
            fmt::format("Set it to {} s or more", least.count()));
    }
}

// Patroni registers the workers, and is the only one to write pg_dist_node.
void check_what_patroni_does(const Settings& settings, Assessor& assessor) {
    constexpr const char* kGroups =
        "Leave it away: a worker group is there once its first member is started";
    for (const char* variable : {"CITUS_WORKERS", "CITUS_WORKER_DISCOVERY"}) {
        assessor.refuse_if_given(
            variable, "has no place with CITUS_HA=patroni, which knows the nodes", kGroups);
    }
    for (const char* variable :
         {"CITUS_COORDINATOR_HOST", "CITUS_COORDINATOR_PORT", "CITUS_STOP_PAUSE"}) {
        if (assessor.is_given(variable)) {
            assessor.warning(variable,
                             "has no effect with CITUS_HA=patroni, which does that itself",
                             "Leave it away");
        }
    }
    if (settings.pg_upgrade.enable) {
        assessor.problem("CITUS_PG_UPGRADE",
                         "has no place with CITUS_HA=patroni: the replicas of a group would be "
                         "worthless",
                         "Leave it away, and upgrade by hand (docs/upgrades.md, With Patroni)");
    }
    if (settings.supervisor.template_use == TemplateUse::require) {
        assessor.problem("CITUS_TEMPLATE",
                         "is require, and CITUS_HA=patroni has Patroni run initdb itself",
                         "Leave it away");
    }
    if (settings.supervisor.data_slots) {
        assessor.problem("CITUS_DATA_SLOTS", "has no place with CITUS_HA=patroni",
                         "Give each member a volume of its own");
    }
    if (settings.citus.internode_auth == InternodeAuth::trust) {
        assessor.problem("CITUS_INTERNODE_AUTH", "is trust, which CITUS_HA=patroni does not have",
                         "Set CITUS_CLUSTER_SECRET and leave it away, or set it to password");
    }
    if (settings.postgres.host_auth_method == "trust") {
        assessor.problem("POSTGRES_HOST_AUTH_METHOD",
                         "is trust, which CITUS_HA=patroni does not have",
                         "Leave it away; CITUS_PG_HBA can let single ones in");
    }
    if (!settings.postgres.data_directory.empty() &&
        is_within(settings.patroni->directory, settings.postgres.data_directory)) {
        assessor.problem("CITUS_PATRONI_DIR",
                         "is in the data directory, which Patroni removes and copies as a whole",
                         "Choose a directory outside, in memory if possible");
    }
}

}  // namespace

void settle_patroni(Settings& settings, const IsGiven& is_given, Findings& findings) {
    if (!settings.patroni) {
        return;
    }
    Assessor assessor(is_given, findings);
    settle_role(settings, assessor);
    settle_port(settings, assessor);
    if (settings.citus.database.empty()) {
        settings.citus.database =
            settings.postgres.database.empty() ? "citus" : settings.postgres.database;
    }
    if (!is_given("CITUS_STOP_TIMEOUT")) {
        settings.supervisor.stop_timeout = kStopTimeout;
    }
}

void check_patroni(const Settings& settings, const Environment& environment,
                   const IsGiven& is_given, Findings& findings) {
    if (!settings.patroni) {
        return;
    }
    Assessor assessor(is_given, findings);
    assessor.require("PATRONI_SCOPE", !settings.patroni->scope.empty(),
                     "is not set, and it is the cluster's name",
                     "Set it to the same name in all groups");
    assessor.require(
        "PATRONI_CITUS_GROUP", is_given("PATRONI_CITUS_GROUP"),
        "is not set, and it decides what this node is",
        "Set it to 0 on the coordinator's members, to 1 and up on those of the workers");
    check_store(settings, environment, assessor);
    check_rest_api(settings, assessor);
    check_passwords(settings, assessor);
    check_times(*settings.patroni, assessor);
    check_what_patroni_does(settings, assessor);
}

}  // namespace citus_init::settings
