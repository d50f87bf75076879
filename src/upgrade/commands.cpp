#include "upgrade/commands.h"

#include <array>

#include <fmt/core.h>

namespace citus_init::upgrade {

namespace {

constexpr int kFirstWithNoInstructions = 14;
constexpr int kFirstWithLocaleProvider = 15;
constexpr int kFirstWithIcuRules = 16;
constexpr int kFirstWithChecksumsByDefault = 18;  // and with --no-data-checksums

constexpr std::uint64_t kMebibyte = 1024ULL * 1024;

// A server does not start where these are lower than what its data needs: prepared transactions,
// slots; or where they do not fit each other (wal_level=minimal allows no WAL sender); or
// pg_restore fails, for want of locks.
constexpr std::array<const char*, 7> kCarriedSettings{
    "max_prepared_transactions", "max_replication_slots", "wal_level",
    "max_wal_senders",           "max_connections",       "max_locks_per_transaction",
    "max_worker_processes"};

void add_locale(const ClusterPlace& place, const ClusterFacts& facts,
                std::vector<std::string>& arguments) {
    arguments.push_back("--encoding=" + facts.encoding);
    arguments.push_back("--lc-collate=" + facts.collate);
    arguments.push_back("--lc-ctype=" + facts.ctype);
    if (place.major < kFirstWithLocaleProvider) {
        return;
    }
    if (facts.locale_provider == "i") {
        arguments.emplace_back("--locale-provider=icu");
        arguments.push_back("--icu-locale=" + facts.locale);
        if (!facts.icu_rules.empty() && place.major >= kFirstWithIcuRules) {
            arguments.push_back("--icu-rules=" + facts.icu_rules);
        }
    } else if (facts.locale_provider == "b") {
        arguments.emplace_back("--locale-provider=builtin");
        arguments.push_back("--builtin-locale=" + facts.locale);
    } else {
        arguments.emplace_back("--locale-provider=libc");
    }
}

// For the servers that pg_upgrade starts. Within one argument, split at spaces by a shell.
std::string options_of(const ClusterPlace& place, const PrivateSocket& socket) {
    std::string options = fmt::format("-c hba_file={} -c ssl=off", socket.hba_file);
    if (!place.preload.empty()) {
        options += fmt::format(" -c shared_preload_libraries={}", place.preload);
    }
    for (const auto& [name, value] : place.settings) {
        options += fmt::format(" -c {}={}", name, value);
    }
    return options;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> carried_settings(const render::GucStack& stack) {
    std::vector<std::pair<std::string, std::string>> settings;
    for (const char* name : kCarriedSettings) {
        const auto values = stack.explain(name);
        if (!values.empty() && values.back().layer != render::Layer::postgresql_default) {
            settings.emplace_back(name, values.back().value);
        }
    }
    return settings;
}

const char* file_transfer_name(FileTransfer transfer) {
    switch (transfer) {
        case FileTransfer::clone:
            return "clone";
        case FileTransfer::copy:
            return "copy";
        case FileTransfer::link:
            return "link";
    }
    return "copy";
}

std::vector<std::string> initdb_arguments(const ClusterPlace& place, const ClusterFacts& facts,
                                          bool group_access, const std::string& wal_directory) {
    std::vector<std::string> arguments{place.bin_directory + "/initdb",
                                       "-D",
                                       place.data_directory,
                                       "--username=" + facts.superuser,
                                       "--auth=trust",
                                       "--no-sync"};  // pg_upgrade syncs at its end
    if (place.major >= kFirstWithNoInstructions) {
        arguments.emplace_back("--no-instructions");
    }
    add_locale(place, facts, arguments);
    if (facts.wal_segment_size >= kMebibyte) {
        arguments.push_back(fmt::format("--wal-segsize={}", facts.wal_segment_size / kMebibyte));
    }
    if (facts.data_checksums) {
        arguments.emplace_back("--data-checksums");
    } else if (place.major >= kFirstWithChecksumsByDefault) {
        arguments.emplace_back("--no-data-checksums");
    }
    if (group_access) {
        arguments.emplace_back("--allow-group-access");
    }
    if (!wal_directory.empty()) {
        arguments.push_back("--waldir=" + wal_directory);
    }
    return arguments;
}

std::vector<std::string> pg_upgrade_arguments(const PgUpgradeRequest& request) {
    std::vector<std::string> arguments{request.to.bin_directory + "/pg_upgrade",
                                       "--old-bindir=" + request.from.bin_directory,
                                       "--new-bindir=" + request.to.bin_directory,
                                       "--old-datadir=" + request.from.data_directory,
                                       "--new-datadir=" + request.to.data_directory,
                                       "--username=" + request.superuser,
                                       "--socketdir=" + request.socket.directory,
                                       fmt::format("--jobs={}", request.jobs),
                                       "--old-options=" + options_of(request.from, request.socket),
                                       "--new-options=" + options_of(request.to, request.socket)};
    if (request.transfer != FileTransfer::copy) {  // the default, and no option before 17
        arguments.push_back(fmt::format("--{}", file_transfer_name(request.transfer)));
    }
    if (request.only_check) {
        arguments.emplace_back("--check");
    }
    return arguments;
}

}  // namespace citus_init::upgrade
