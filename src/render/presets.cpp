#include "presets.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"
#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"
#include "citus_init/render/log_line_prefix.h"
#include "citus_init/render/own_files.h"
#include "citus_init/render/preload_libraries.h"
#include "citus_init/render/socket_directories.h"

namespace citus_init::render {

namespace {

// A peer that was cut off from the network is noticed within 8 s rather than by the kernel's
// 15 minutes of retransmission: a blocked backend keeps its locks, and with them the cluster.
// All of these keywords are on Citus's list of allowed ones.
constexpr const char* kTimeouts =
    "connect_timeout=3 keepalives=1 keepalives_idle=3 keepalives_interval=2 keepalives_count=3 "
    "tcp_user_timeout=8000";

bool listens_on_localhost(const GucStack& stack) {
    static constexpr std::array<std::string_view, 6> kLocal{"*",         "localhost", "0.0.0.0",
                                                            "127.0.0.1", "::",        "::1"};
    const auto words = split(stack.effective("listen_addresses"), ',');
    return std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return std::find(kLocal.begin(), kLocal.end(), to_lower(trim(word))) != kLocal.end();
    });
}

class Presets {
  public:
    explicit Presets(GucStack& stack) : stack_(stack) {}

    void set(const char* name, std::string value, const char* why) {
        stack_.add(name, {Layer::role_preset, std::move(value), why});
    }

  private:
    GucStack& stack_;
};

// A value of a connection string: a path may hold spaces.
std::string quoted(const std::string& value) {
    std::string result = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + "'";
}

// TLS must be on before CREATE EXTENSION citus: with node_conninfo's sslmode=require and ssl off,
// the extension makes its own certificate and writes ssl=on by ALTER SYSTEM, where it would beat
// every file for good. Whoever gave any of the three settings keeps all three in his own hands.
void add_tls(GucStack& stack, const OwnFiles& files, Presets& presets) {
    if (!stack.given("ssl") && !stack.given("ssl_cert_file") && !stack.given("ssl_key_file")) {
        presets.set("ssl", "on", "TLS between Citus nodes");
        presets.set("ssl_cert_file", files.certificate, "the node's own certificate");
        presets.set("ssl_key_file", files.private_key, "the node's own certificate");
        stack.certificate = NodeCertificate::self_signed;
    }
    // Without TLS, "require" would make CREATE EXTENSION switch it on, and every node refuse.
    const bool tls = parse_guc_boolean(stack.effective("ssl")).value_or(false);
    presets.set("citus.node_conninfo",
                fmt::format("sslmode={} {}", tls ? "require" : "prefer", kTimeouts),
                "TLS, and timeouts for a peer that vanished");
}

// Nodes know each other by certificates: as servers by the name that they are registered under, as
// clients by their authority.
void add_mesh(GucStack& stack, const OwnFiles& files, Presets& presets) {
    const char* why = "the cluster's certificates";
    presets.set("ssl", "on", why);
    presets.set("ssl_ca_file", files.authority, why);
    presets.set("ssl_cert_file", files.certificate, why);
    presets.set("ssl_key_file", files.private_key, why);
    presets.set("citus.node_conninfo",
                fmt::format("sslmode=verify-full sslrootcert={} sslcert={} sslkey={} {}",
                            quoted(files.authority), quoted(files.certificate),
                            quoted(files.private_key), kTimeouts),
                "the cluster's certificates, and timeouts for a peer that vanished");
    stack.certificate = NodeCertificate::of_the_cluster;
}

// A client or a replica that was cut off is noticed, too, before it is in a failover's way.
void add_patroni(const settings::PatroniSettings& patroni, Presets& presets) {
    if (patroni.listen) {
        const char* why = "PATRONI_POSTGRESQL_LISTEN";
        presets.set("listen_addresses", patroni.listen->hosts, why);
        presets.set("port", std::to_string(patroni.listen->port), why);
    }
    const char* why = "a peer that vanished is noticed";
    presets.set("tcp_keepalives_idle", "10", why);
    presets.set("tcp_keepalives_interval", "5", why);
    presets.set("tcp_keepalives_count", "3", why);
    presets.set("tcp_user_timeout", "15000", why);
    presets.set("logging_collector", "off", "the log goes to the container's");
    presets.set("unix_socket_directories", "/var/run/postgresql", "where clients expect it");
}

}  // namespace

// Without CITUS_TUNE=auto max_prepared_transactions stays unset: Citus raises the default to twice
// max_connections by itself, and from PostgreSQL 16 on takes an explicit value, even 0, for the
// user's wish.
void add_role_presets(GucStack& stack, const settings::Settings& settings) {
    Presets presets(stack);
    if (settings.patroni) {
        add_patroni(*settings.patroni, presets);
    } else {
        presets.set("listen_addresses", "*", "a container is reached over its network");
    }
    if (settings.preset == settings::Preset::test) {
        const char* why = "CITUS_PRESET=test: nothing is written durably";
        presets.set("fsync", "off", why);
        presets.set("full_page_writes", "off", why);
        presets.set("synchronous_commit", "off", why);
    }
    if (settings.supervisor.log_format == log::Format::json) {
        presets.set("log_line_prefix", json_log_line_prefix(""),
                    "what CITUS_LOG_FORMAT=json reads");
    }
    if (!settings.citus.enable) {
        return;
    }
    presets.set("wal_level", "logical", "shard moves without blocking writes need it");
    if (settings.citus.has_mesh()) {
        add_mesh(stack, own_files(settings), presets);
    } else {
        add_tls(stack, own_files(settings), presets);
    }
    if (!listens_on_localhost(stack)) {
        // Citus connects back to its own node by this name; a directory is a Unix socket.
        const auto directories = socket_directories(stack);
        if (!directories.empty()) {
            presets.set("citus.local_hostname", directories.front(),
                        "listen_addresses does not cover localhost");
        }
    }
}

std::string archive_command_of(const settings::Settings& settings, const OwnFiles& own, int group) {
    const std::string stanza = backup::stanza_name(*settings.backup, group);
    return settings.patroni
               ? backup::archive_command_without_shell(own.pgbackrest_conf, own.archive_errors,
                                                       stanza)
               : backup::archive_command(own.pgbackrest_conf, own.archive_errors, stanza);
}

// Without a group archive_command is empty, and the server keeps its WAL until there is one
// (archive_mode on: "archiving is temporarily disabled", PostgreSQL's manual).
void add_archiving(GucStack& stack, const settings::Settings& settings, std::optional<int> group) {
    if (!settings.backup) {
        return;
    }
    constexpr int kMostConnections = 262'143;
    constexpr const char* kOrigin = "CITUS_BACKUP";
    Presets presets(stack);
    const OwnFiles own = own_files(settings);
    presets.set("archive_mode", "on", kOrigin);
    presets.set("archive_command", group ? archive_command_of(settings, own, *group) : "",
                group ? kOrigin : "CITUS_BACKUP: WAL is kept until the node's group is known");
    presets.set("archive_timeout", "60", "CITUS_BACKUP: an idle node's WAL is archived, too");
    if (settings.patroni && group) {
        presets.set("restore_command",
                    backup::replica_restore_command(own.pgbackrest_conf,
                                                    backup::stanza_name(*settings.backup, *group)),
                    "CITUS_BACKUP: a replica reads from the archive what its leader has removed");
    }
    const auto connections = parse_integer(stack.effective("max_connections"), 1, kMostConnections);
    if (settings.citus.enable && connections) {
        // What Citus would choose by itself. A restore needs no less than at the backup, so it is
        // to be seen.
        presets.set("max_prepared_transactions", std::to_string(2 * *connections), kOrigin);
    }
}

void add_enforced(GucStack& stack, const settings::Settings& settings) {
    if (settings.citus.enable) {
        stack.add("shared_preload_libraries",
                  {Layer::enforced, citus_first(stack.effective("shared_preload_libraries")),
                   "CITUS_ENABLE"});
    }
}

void add_output_plugins(GucStack& stack, const std::vector<std::string>& plugins) {
    constexpr const char* kName = "output_plugin_libraries";
    auto libraries = split_libraries(stack.effective(kName));
    bool complete = true;
    for (const std::string& plugin : plugins) {
        if (std::find(libraries.begin(), libraries.end(), plugin) == libraries.end()) {
            libraries.push_back(plugin);
            complete = false;
        }
    }
    if (complete) {
        return;
    }
    stack.add(kName, {stack.given(kName) ? Layer::enforced : Layer::role_preset,
                      join(libraries, ", "), "online shard splits decode with Citus' plugin"});
}

}  // namespace citus_init::render
