#include "citus_init/backup/configuration.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"

namespace citus_init::backup {

namespace {

using settings::BackupSettings;
using settings::RepositoryKind;
using Options = std::vector<std::pair<std::string, std::string>>;

bool has(const Options& options, const std::string& name) {
    return std::any_of(options.begin(), options.end(),
                       [&](const auto& option) { return option.first == name; });
}

void add_repository(Options& options, const BackupSettings& settings) {
    const auto& repository = settings.repository;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            options.emplace_back(name, value);
        }
    };
    add("repo1-type", repository.kind == RepositoryKind::s3 ? "s3" : "posix");
    add("repo1-path", repository.path);
    add("repo1-s3-bucket", repository.bucket);
    add("repo1-s3-endpoint", repository.endpoint);
    add("repo1-s3-region", repository.region);
    add("repo1-s3-uri-style", repository.uri_style);
    if (repository.kind == RepositoryKind::s3) {
        add("repo1-s3-key", settings.s3_key.reveal());
        add("repo1-s3-key-secret", settings.s3_key_secret.reveal());
    }
    if (!settings.cipher_pass.empty()) {
        add("repo1-cipher-type", "aes-256-cbc");
        add("repo1-cipher-pass", settings.cipher_pass.reveal());
    }
}

Options global_options(const BackupSettings& settings, const std::string& lock_directory) {
    Options options;
    add_repository(options, settings);
    if (settings.retention_full) {
        options.emplace_back("repo1-retention-full", std::to_string(*settings.retention_full));
    }
    if (settings.retention_diff) {
        options.emplace_back("repo1-retention-diff", std::to_string(*settings.retention_diff));
    }
    options.emplace_back("lock-path", lock_directory);
    // The log is the container's, and a backup that waits for a checkpoint of minutes looks hung. A
    // restore reads the spool, whose usual place may be closed to the server's user.
    const Options ours{{"log-level-file", "off"},
                       {"log-timestamp", "n"},
                       {"start-fast", "y"},
                       {"spool-path", lock_directory + "/spool"}};
    for (const auto& option : ours) {
        if (!has(settings.options, option.first)) {
            options.push_back(option);
        }
    }
    options.insert(options.end(), settings.options.begin(), settings.options.end());
    return options;
}

std::string section(const std::string& name, const Options& options) {
    std::string text = fmt::format("\n[{}]\n", name);
    for (const auto& [option, value] : options) {
        text += fmt::format("{}={}\n", option, value);
    }
    return text;
}

}  // namespace

Secret render_configuration(const BackupSettings& settings, const LocalCluster& cluster,
                            const std::string& lock_directory, std::optional<int> group) {
    std::string text =
        "# Written by citus-init at every start. Do not edit: changes here are lost.\n"
        "# Further options: CITUS_BACKUP_OPTIONS.\n";
    text += section("global", global_options(settings, lock_directory));
    if (group) {
        text +=
            section(stanza_name(settings, *group), {{"pg1-path", cluster.data_directory},
                                                    {"pg1-socket-path", cluster.socket_directory},
                                                    {"pg1-port", cluster.port},
                                                    {"pg1-user", cluster.user},
                                                    {"pg1-database", cluster.database}});
    }
    return Secret(std::move(text));
}

std::string shown_configuration(BackupSettings settings, const LocalCluster& cluster,
                                const std::string& lock_directory, std::optional<int> group) {
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
    return render_configuration(settings, cluster, lock_directory, group).reveal();
}

}  // namespace citus_init::backup
