#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/secret.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::settings {

struct Credentials {
    std::string username;
    Secret password;
    bool operator==(const Credentials&) const = default;
};

// "0.0.0.0:5432", "10.0.0.1,localhost:5432"
struct ListenAddress {
    std::string hosts;
    std::uint16_t port = 5432;
    bool operator==(const ListenAddress&) const = default;
};

enum class SynchronousMode { automatic, off, on, quorum, strict };
// What is done where the DCS holds other values than the settings.
enum class DcsReconciliation { off, warn, apply };
// Whose certificates the REST API asks for: nobody's, of those who change something, everybody's.
enum class ClientVerification { none, optional, required };

struct Etcd3Settings {
    std::vector<HostPort> hosts;
    std::string url;
    std::string service;  // PATRONI_ETCD3_SRV
    std::string protocol;
    std::string ca_path;
    std::string cert_path;
    std::string key_path;
    Credentials credentials;

    bool is_named() const { return !hosts.empty() || !url.empty() || !service.empty(); }
    bool operator==(const Etcd3Settings&) const = default;
};

struct RestApiSettings {
    ListenAddress listen{"0.0.0.0", 8008};
    std::optional<HostPort> connect_address;  // none = the node's name, the port of `listen`
    Credentials credentials;
    std::string cert_path;  // with its key; "" = the cluster's certificate where there is one
    std::string key_path;
    std::string ca_path;
    std::optional<ClientVerification> verify_client;
    bool operator==(const RestApiSettings&) const = default;
};

// What CITUS_HA=patroni adds. The settings that a node has without it as well stand where they
// always do: the superuser, the data directory, the programs' directory and the port in
// PostgresSettings, database and role in CitusSettings, whatever variable they came from.
struct PatroniSettings {
    std::string scope;
    std::string namespace_path = "/service/";
    std::string name;  // "" = made from the host name
    int group = 0;     // 0 = the coordinator's
    Etcd3Settings etcd3;
    RestApiSettings rest_api;
    std::optional<ListenAddress> listen;      // never none once loaded
    std::optional<HostPort> connect_address;  // none = the node's name, the port of `listen`
    std::string pgpass_path;                  // "" = in `directory`
    Credentials replication{"replicator", {}};
    Credentials rewind{"rewind", {}};
    // Of patroni.yml, the node's certificate and the password file. Never the data directory, which
    // Patroni renames, removes and copies from other nodes.
    std::string directory = "/run/citus-init";

    std::chrono::seconds ttl{20};
    std::chrono::seconds loop_wait{5};
    std::chrono::seconds retry_timeout{5};
    SynchronousMode synchronous_mode = SynchronousMode::automatic;
    bool failsafe_mode = true;

    std::vector<std::string> allowed_networks;  // ADDRESS/BITS; none = the node's own networks
    int expected_worker_groups = 0;
    std::chrono::milliseconds dcs_wait_timeout{300'000};
    DcsReconciliation reconciliation = DcsReconciliation::warn;
    bool allow_old_patroni = false;

    YamlValue extra;  // the YAML file's `patroni:`, a map or null

    bool operator==(const PatroniSettings&) const = default;
};

}  // namespace citus_init::settings
