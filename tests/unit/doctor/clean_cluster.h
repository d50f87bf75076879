#pragma once

#include <string>

#include "citus_init/doctor/node_facts.h"

namespace citus_init::doctor {

inline constexpr std::int64_t kNow = 1'800'000'000;
inline constexpr std::int64_t kDays = 86'400;

inline citus::ServerFacts clean_server() {
    citus::ServerFacts server;
    server.superuser = true;
    server.version_number = 150020;
    server.encoding = "UTF8";
    server.citus_preloaded = true;
    server.library_version = "13.2.2";
    server.extension = citus::ExtensionVersion{13, 2, 1};
    server.available = server.extension;
    return server;
}

inline SettingFacts clean_settings(bool is_coordinator) {
    SettingFacts settings;
    settings.values = {{"autovacuum", "on"},
                       {"autovacuum_freeze_max_age", "200000000"},
                       {"autovacuum_multixact_freeze_max_age", "400000000"},
                       {"block_size", "8192"},
                       {"data_directory", "/data"},
                       {"default_text_search_config", "pg_catalog.english"},
                       {"dynamic_shared_memory_type", "posix"},
                       {"fsync", "on"},
                       {"full_page_writes", "on"},
                       {"ignore_checksum_failure", "off"},
                       {"integer_datetimes", "on"},
                       {"max_connections", is_coordinator ? "100" : "120"},
                       {"max_prepared_transactions", "200"},
                       {"shared_buffers", "134217728"},
                       {"shared_memory_size", "150994944"},
                       {"ssl", "on"},
                       {"ssl_cert_file", "/run/server.crt"},
                       {"superuser_reserved_connections", "3"},
                       {"timezone", "Etc/UTC"},
                       {"wal_level", "logical"},
                       {"zero_damaged_pages", "off"},
                       {"citus.max_adaptive_executor_pool_size", "16"},
                       {"citus.max_cached_conns_per_worker", "1"},
                       {"citus.max_client_connections", "-1"},
                       {"citus.max_shared_pool_size", "0"},
                       {"citus.recover_2pc_interval", "60000"}};
    return settings;
}

inline NodeFacts clean_node(int group) {
    constexpr double kGigabyte = 1024.0 * 1024 * 1024;
    NodeFacts node;
    const HostPort address{group == 0 ? "c" : "w" + std::to_string(group), 5432};
    node.name = address.text();
    node.is_own = node.is_coordinator = group == 0;
    node.row = citus::RegisteredNode{group + 1, group, address, true, true, true, group != 0};
    node.server = clean_server();
    node.database = DatabaseFacts{"UTF8", "en_US.utf8", "en_US.UTF-8", "c", ""};
    node.libraries = LibraryVersions{"2.36", "153.120", ""};
    node.settings = clean_settings(group == 0);
    node.catalog = CatalogFacts{{},
                                {{"public.t_id_seq", 0.5, 2147483647, "public.t.id"}},
                                {{"app", 250'000'000, 100}},
                                {{"pg_dist_placement", 64, 9'000, 1 << 20}},
                                {}};
    node.leftovers = LeftoverFacts{
        {{"citus_0_1_2_3", "postgres", "app", 30, true}, {"xa", "app", "app", 1, false}},
        {{"standby", true, "reserved", 1 << 20, false},
         {"citus_shard_move_slot_1", true, "reserved", 0, true}},
        {{"public.log_20260101", 20260101}},
        {},
        group == 0 ? 102'100 : 0,
        0};
    node.objects = ObjectFacts{{{"postgres", {"superuser", "login"}}, {"app", {"login"}}},
                               {{"plpgsql", {"1.0", "1.0"}}, {"citus", {"13.2-1", "13.2-1"}}}};
    node.certificate = CertificateFacts{"/run/server.crt", kNow - 10 * kDays, kNow + 80 * kDays};
    node.clock = ClockFacts{0.9, 0.001};
    node.sessions = SessionFacts{0};
    node.machine = MachineFacts{2 * kGigabyte, 16 * kGigabyte, kGigabyte / 4, "ext4", {}};
    node.machine.disk = DiskSpace{50ULL << 30, 100ULL << 30, 1'000'000};
    return node;
}

// A coordinator and two workers that no check has anything to say about.
inline ClusterFacts clean_cluster() {
    ClusterFacts cluster;
    cluster.with_citus = true;
    cluster.now = kNow;
    for (const int group : {0, 1, 2}) {
        cluster.nodes.push_back(clean_node(group));
    }
    return cluster;
}

// The same with Patroni: after the leaders a synchronous standby of each, in the order of groups.
inline ClusterFacts clean_groups() {
    ClusterFacts cluster = clean_cluster();
    for (int group = 0; group < 3; ++group) {
        NodeFacts& leader = cluster.nodes[static_cast<std::size_t>(group)];
        const std::string name = leader.name.substr(0, leader.name.find(':'));
        leader.member = MemberFacts{group, name, true, false, "running", {}, 2, "4.1.0", false};
        NodeFacts standby = leader;
        standby.name = name + "b:5432";
        standby.is_own = standby.is_coordinator = false;
        standby.is_standby = true;
        standby.row.reset();
        standby.catalog.reset();
        standby.leftovers.reset();
        standby.server->in_recovery = true;
        standby.member =
            MemberFacts{group, name + "b", false, true, "streaming", 0, 2, "4.1.0", false};
        cluster.nodes.push_back(standby);
        cluster.groups.push_back({group, true, "", false, true});
    }
    return cluster;
}

}  // namespace citus_init::doctor
