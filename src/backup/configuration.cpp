#include "citus_init/backup/configuration.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"
#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

using settings::BackupSettings;
using settings::RepositoryKind;
using Options = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kPath = "pg1-path";
constexpr const char* kSocketPath = "pg1-socket-path";
constexpr const char* kPort = "pg1-port";
constexpr const char* kUser = "pg1-user";
constexpr const char* kDatabase = "pg1-database";

bool has(const Options& options, const std::string& name) {
    return std::any_of(options.begin(), options.end(),
                       [&](const auto& option) { return option.first == name; });
}

void add(Options& options, const char* name, const std::string& value) {
    if (!value.empty()) {
        options.emplace_back(name, value);
    }
}

void add_s3(Options& options, const BackupSettings& settings) {
    const auto& repository = settings.repository;
    add(options, "repo1-s3-bucket", repository.bucket);
    add(options, "repo1-s3-endpoint", repository.endpoint);
    add(options, "repo1-s3-region", repository.region);
    add(options, "repo1-s3-uri-style", repository.uri_style);
    add(options, "repo1-s3-key", settings.s3_key.reveal());
    add(options, "repo1-s3-key-secret", settings.s3_key_secret.reveal());
}

// The passphrase and the retention are the host's: pgBackRest asks it for the one, and expires
// there.
void add_host(Options& options, const BackupSettings& settings, const LocalFiles& files) {
    add(options, "repo1-host", settings.repository.host.host);
    add(options, "repo1-host-type", "tls");
    add(options, "repo1-host-port", std::to_string(settings.repository.host.port));
    add(options, "repo1-host-ca-file", files.authority);
    add(options, "repo1-host-cert-file", files.certificate);
    add(options, "repo1-host-key-file", files.private_key);
}

void add_repository(Options& options, const BackupSettings& settings, const LocalFiles& files) {
    if (settings.has_host()) {
        return add_host(options, settings, files);
    }
    const bool is_s3 = settings.repository.kind == RepositoryKind::s3;
    add(options, "repo1-type", is_s3 ? "s3" : "posix");
    add(options, "repo1-path", settings.repository.path);
    if (is_s3) {
        add_s3(options, settings);
    }
    if (!settings.cipher_pass.empty()) {
        add(options, "repo1-cipher-type", "aes-256-cbc");
        add(options, "repo1-cipher-pass", settings.cipher_pass.reveal());
    }
    if (settings.retention_full) {
        add(options, "repo1-retention-full", std::to_string(*settings.retention_full));
    }
    if (settings.retention_diff) {
        add(options, "repo1-retention-diff", std::to_string(*settings.retention_diff));
    }
}

// Of `pgbackrest server`. `client`: whom it admits, with the stanzas.
void add_server(Options& options, const BackupSettings& settings, const LocalFiles& files,
                const std::string& client) {
    add(options, "tls-server-address", settings.listen.host);
    add(options, "tls-server-port", std::to_string(settings.listen.port));
    add(options, "tls-server-ca-file", files.authority);
    add(options, "tls-server-cert-file", files.certificate);
    add(options, "tls-server-key-file", files.private_key);
    add(options, "tls-server-auth", client);
}

// Whether pgBackRest on this machine connects to a pgBackRest on another one.
enum class Connects { to_pgbackrest, to_none };

void add_rest(Options& options, const BackupSettings& settings, const LocalFiles& files,
              Connects connects) {
    options.emplace_back("lock-path", files.lock_directory);
    // The log is the container's, and a backup that waits for a checkpoint of minutes looks hung. A
    // restore reads the spool, whose usual place may be closed to the server's user.
    Options ours{{"log-level-file", "off"},
                 {"log-timestamp", "n"},
                 {"start-fast", "y"},
                 {"spool-path", files.lock_directory + "/spool"}};
    if (connects == Connects::to_pgbackrest) {
        // Of connections alone. A host that is away is tried for twice that long: less than the
        // minute after which an archiver that does not come to an end is taken for hanging.
        ours.emplace_back("io-timeout", "20");
    }
    for (const auto& option : ours) {
        if (!has(settings.options, option.first)) {
            options.push_back(option);
        }
    }
    options.insert(options.end(), settings.options.begin(), settings.options.end());
}

constexpr const char* kHeader =
    "# Written by citus-init at every start. Do not edit: changes here are lost.\n"
    "# Further options: CITUS_BACKUP_OPTIONS.\n";

std::string section(const std::string& name, const Options& options) {
    std::string text = fmt::format("\n[{}]\n", name);
    for (const auto& [option, value] : options) {
        text += fmt::format("{}={}\n", option, value);
    }
    return text;
}

}  // namespace

Secret render_configuration(const BackupSettings& settings, const LocalCluster& cluster,
                            const LocalFiles& files, std::optional<int> group) {
    Options global;
    add_repository(global, settings, files);
    add_rest(global, settings, files,
             settings.has_host() ? Connects::to_pgbackrest : Connects::to_none);
    if (settings.has_host() && group) {
        add_server(global, settings, files,
                   fmt::format("{}={}", kHostPeer, stanza_name(settings, *group)));
    }
    std::string text = kHeader + section("global", global);
    if (group) {
        text += section(stanza_name(settings, *group), {{kPath, cluster.data_directory},
                                                        {kSocketPath, cluster.socket_directory},
                                                        {kPort, cluster.port},
                                                        {kUser, cluster.user},
                                                        {kDatabase, cluster.database}});
    }
    return Secret(std::move(text));
}

Secret render_host_configuration(const BackupSettings& settings, const LocalFiles& files) {
    Options global;
    add_repository(global, settings, files);
    add_rest(global, settings, files, Connects::to_pgbackrest);
    add_server(global, settings, files, fmt::format("{}=*", kNodePeer));
    return Secret(kHeader + section("global", global));
}

std::optional<LocalCluster> parse_local_cluster(std::string_view configuration,
                                                const std::string& stanza) {
    std::map<std::string, std::string, std::less<>> values;
    bool is_inside = false;
    bool is_there = false;
    for (const std::string& line : split(configuration, '\n')) {
        if (line.starts_with('[')) {
            is_inside = line == fmt::format("[{}]", stanza);
            is_there = is_there || is_inside;
        } else if (const auto equals = line.find('='); is_inside && equals != std::string::npos) {
            values[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }
    if (!is_there) {
        return std::nullopt;
    }
    return LocalCluster{values[kPath], values[kSocketPath], values[kPort], values[kUser],
                        values[kDatabase]};
}

std::string shown_configuration(BackupSettings settings, const LocalCluster& cluster,
                                const LocalFiles& files, std::optional<int> group) {
    for (Secret* secret : {&settings.s3_key, &settings.s3_key_secret, &settings.cipher_pass}) {
        if (!secret->empty()) {
            *secret = Secret("***");
        }
    }
    for (auto& [name, value] : settings.options) {
        const bool may_be_secret = name.find("key") != std::string::npos ||
                                   name.find("pass") != std::string::npos ||
                                   name.find("token") != std::string::npos;
        value = may_be_secret ? "***" : value;
    }
    return render_configuration(settings, cluster, files, group).reveal();
}

std::vector<std::string> server_command(const std::string& configuration) {
    return {"pgbackrest", "--config=" + configuration, "--log-level-console=off",
            "--log-level-stderr=warn", "server"};
}

}  // namespace citus_init::backup
