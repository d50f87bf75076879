#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/log.h"
#include "citus_init/base/secret.h"
#include "citus_init/settings/backup_settings.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::settings {

enum class Role { coordinator, worker };
enum class OnFatal { exit, hold };
enum class TemplateUse { automatic, off, require };
// How nodes prove themselves to each other.
enum class InternodeAuth { certificate, password, trust };
enum class AutoUpgrade { off, minor, major };

// Where the coordinator discovers workers anew at each pass.
enum class DiscoveryKind {
    dns,  // every address of a name
    srv,  // every target of a service
};

struct WorkerDiscovery {
    DiscoveryKind kind = DiscoveryKind::dns;
    std::string name;
    std::uint16_t port = 5432;  // of `dns`; a service has its own
    bool operator==(const WorkerDiscovery&) const = default;
};

enum class Source { environment, yaml };

// A value together with the place that it came from.
struct Sourced {
    std::string text;
    // For messages and `explain`: "CITUS_GUC_WORK_MEM", "POSTGRES_PASSWORD_FILE",
    // "postgresql.work_mem in /etc/citus-init/citus-init.yaml, line 3".
    std::string origin;
    Source source = Source::environment;
    // False where the text may be a secret, maybe one that was named by mistake: it is no part of
    // a message.
    bool may_be_shown = false;
    bool operator==(const Sourced&) const = default;
};

// The official image's variables.
struct PostgresSettings {
    std::string user = "postgres";
    Secret password;
    std::string database;  // default: the user
    std::string initdb_args;
    std::string initdb_waldir;          // "" = inside the data directory
    std::string host_auth_method;       // "" = what password_encryption says
    std::string data_directory;         // PGDATA
    std::string major_version;          // PG_MAJOR, "" outside the official images
    std::optional<std::uint16_t> port;  // PGPORT; none = what postgresql.conf says
    std::string bin_directory;          // CITUS_PG_BINDIR, "" = search PATH and the usual places

    bool operator==(const PostgresSettings&) const = default;
};

// How pg_upgrade gets the files of the old cluster into the new one.
enum class PgUpgradeMethod {
    automatic,  // clone where the file system can, else copy
    clone,      // FICLONE: shares the blocks, the old cluster stays usable
    copy,
    link,  // hard links: the old cluster is lost with the first start of the new one
};

// A data directory of an older major version.
struct PgUpgradeSettings {
    bool enable = false;  // CITUS_PG_UPGRADE; else it is refused
    PgUpgradeMethod method = PgUpgradeMethod::automatic;
    std::string old_bin_directory;  // "" = beside the server's own
    bool clean = false;             // remove the old cluster that an upgrade has kept
    bool data_checksums = false;    // switch them on at the way

    bool operator==(const PgUpgradeSettings&) const = default;
};

struct CitusSettings {
    bool enable = false;
    bool allow_disable = false;
    bool allow_recreate = false;
    bool serve_unconfirmed = false;  // a member whose place nobody has confirmed serves clients
    Role role = Role::coordinator;
    std::string coordinator_host;  // "" = own node name (coordinator only)
    // Never none on a worker. On the coordinator none = its own port.
    std::optional<std::uint16_t> coordinator_port;
    std::string node_host;                   // "" = the container's host name
    std::optional<std::uint16_t> node_port;  // none = the server's port
    std::string database;                    // default: PostgresSettings::database
    std::vector<HostPort> workers;
    InternodeAuth internode_auth = InternodeAuth::certificate;
    AutoUpgrade auto_upgrade = AutoUpgrade::minor;
    std::vector<std::string> update_extensions;  // others that follow the image
    std::chrono::milliseconds reconcile_interval{10'000};
    std::optional<WorkerDiscovery> worker_discovery;
    Secret cluster_secret;
    Secret trusted_cluster_secret;  // nodes of this one are trusted, too; "" = none
    bool allow_weak_secret = false;
    std::string tls_ca_path;  // all three or none; they go before the secret
    std::string tls_cert_path;
    std::string tls_key_path;
    std::chrono::seconds certificate_lifetime{90 * 24 * 3600};
    bool worker_clients = false;
    bool rebalance_on_join = false;  // coordinator only
    bool stop_pause = false;         // a worker that stops asks the coordinator to let queries wait
    std::chrono::milliseconds stop_pause_longest{10'000};
    std::vector<std::string> node_networks;  // ADDRESS/BITS, nodes only

    // Whether the nodes prove themselves to each other by certificates: there is an authority.
    bool has_mesh() const {
        return enable && internode_auth == InternodeAuth::certificate &&
               (!cluster_secret.empty() || !tls_ca_path.empty());
    }

    // Whether a coordinator has to watch for workers: some are named, or may announce
    // themselves. Otherwise it is the standalone node, which has nothing to do.
    bool may_have_workers() const {
        return enable && role == Role::coordinator &&
               (!workers.empty() || worker_discovery || has_mesh() ||
                internode_auth != InternodeAuth::certificate);
    }

    bool operator==(const CitusSettings&) const = default;
};

// PostgreSQL settings in the layers that the user gave, lowest first. Names are in lower case and
// well formed; that they exist is for the render layer to check. The names of the research note
// that no Citus ever had are already replaced by the real ones; CITUS_MAX_WORKER_PROCESSES and
// CITUS_DISTRIBUTED_EXECUTOR are among the settings of the layer that they were given in.
struct PostgresqlConf {
    std::map<std::string, Sourced> yaml;         // the YAML file's `postgresql:` map
    std::string block;                           // CITUS_POSTGRESQL_CONF, verbatim
    std::map<std::string, Sourced> environment;  // CITUS_GUC_*, names as PostgreSQL spells them
    std::string hba;                             // CITUS_PG_HBA, verbatim lines put first

    bool operator==(const PostgresqlConf&) const = default;
};

// What CITUS_TUNE makes PostgreSQL's settings from, beside what the container shows.
struct TuningSettings {
    bool automatic = false;        // CITUS_TUNE=auto
    std::optional<double> memory;  // CITUS_MEMORY, bytes
    std::optional<double> cpus;    // CITUS_CPUS

    bool operator==(const TuningSettings&) const = default;
};

// Defaults for one purpose.
enum class Preset {
    none,
    test,  // for containers that are thrown away: nothing is written durably
};

struct SupervisorSettings {
    bool strict = false;                            // an unknown name is an error
    std::chrono::milliseconds stop_timeout{8'000};  // fast shutdown, then immediate
    std::chrono::milliseconds start_timeout{0};     // 0 = wait for recovery as long as it takes
    int restart_limit = 5;                          // restarts within restart_window
    std::chrono::milliseconds restart_window{300'000};
    bool bootstrap_redo = false;
    bool data_slots = false;  // PGDATA is shared: each node has a slot directory in it
    TemplateUse template_use = TemplateUse::automatic;  // of a first start
    std::string template_directory = "/usr/local/share/citus-init/template";
    OnFatal on_fatal = OnFatal::exit;
    std::string run_directory = "/var/run/postgresql";  // state file
    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::text;

    bool operator==(const SupervisorSettings&) const = default;
};

// The listener of `citus-init http`: probes, metrics, the page.
struct HttpSettings {
    std::optional<HostPort> listen;  // none = there is no listener; host "" = every address
    bool tls = false;                // by the node's certificate
    Secret token;                    // for all but the probes; "" = loopback only
    std::chrono::milliseconds metrics_interval{10'000};  // from one collection to the next
    bool metrics_tables = false;                         // series for each distributed table

    bool operator==(const HttpSettings&) const = default;
};

// Everything the user may set, validated. Plain data: made by load_settings() or by a test.
struct Settings {
    PostgresSettings postgres;
    PgUpgradeSettings pg_upgrade;
    CitusSettings citus;
    PostgresqlConf postgresql_conf;
    TuningSettings tuning;
    Preset preset = Preset::none;
    SupervisorSettings supervisor;
    HttpSettings http;
    std::optional<BackupSettings> backup;    // with CITUS_BACKUP=pgbackrest
    std::optional<PatroniSettings> patroni;  // with CITUS_HA=patroni

    bool operator==(const Settings&) const = default;
};

}  // namespace citus_init::settings
