#include "citus_init/doctor/checks.h"

#include <cstdlib>
#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

#include "clean_cluster.h"

namespace citus_init::doctor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
    std::string check;
    std::function<void(ClusterFacts&)> spoil;
    std::string what;  // a part of the finding
    std::string node = "w1:5432";
};

void set(NodeFacts& node, const char* name, const char* value) {
    node.settings->values[name] = value;
}

std::vector<Case> node_cases() {
    return {
        {"unreachable",
         [](auto& c) {
             c.nodes[1] = NodeFacts{"w1:5432"};
             c.nodes[1].trouble = "timeout";
         },
         "timeout"},
        {"nodes-unknown", [](auto& c) { c.metadata_trouble = "no pg_dist_node"; },
         "no pg_dist_node", "c:5432"},
        {"unread", [](auto& c) { c.nodes[1].unread = {"roles: permission denied"}; },
         "roles: permission denied"},
        {"disabled", [](auto& c) { c.nodes[1].row->active = false; }, "disabled"},
        {"unsynced", [](auto& c) { c.nodes[1].row->metadata_synced = false; }, "out of date"},
        {"unsynced", [](auto& c) { c.nodes[1].row->has_metadata = false; }, "has no metadata"},
        {"configuration", [](auto& c) { c.configuration_warnings = {"CITUS_ROLLE: unknown"}; },
         "CITUS_ROLLE", "c:5432"},
        {"high-availability",
         [](auto& c) {
             c.manager = {{"no replica", "start one"}};
         },
         "no replica", "c:5432"},
        {"roles", [](auto& c) { c.nodes[1].objects->roles.erase("app"); }, "missing here: app"},
        {"roles",
         [](auto& c) {
             c.nodes[1].objects->roles["app"] = {"login", "createdb"};
         },
         "different here: app (has createdb)"},
        {"roles", [](auto& c) { c.nodes[1].objects->roles["old"] = {}; }, "only here: old"},
        {"extensions",
         [](auto& c) {
             c.nodes[0].objects->extensions["hll"] = {"2.1", "2.1"};
             c.nodes[2].objects->extensions["hll"] = {"2.1", "2.1"};
         },
         "missing here: hll"},
    };
}

NodeFacts& standby_of(ClusterFacts& cluster, int group) {
    return cluster.nodes.at(static_cast<std::size_t>(3 + group));
}

void rename(ClusterFacts& cluster, const char* patroni) {
    standby_of(cluster, 1).member->patroni = patroni;
}

// Of clean_groups(); the finding is about the group, or about the standby of group 1.
std::vector<Case> group_cases() {
    constexpr const char* kGroup = "group 1";
    constexpr const char* kStandby = "w1b:5432";
    return {
        {"group-unknown", [](auto& c) { c.groups[1].trouble = "timeout"; },
         "no member answers: timeout", kGroup},
        {"group-unknown",
         [](auto& c) {
             c.groups.push_back({3, false, "not named", false, {}});
         },
         "its members are not known: not named", "group 3"},
        {"group-leader", [](auto& c) { standby_of(c, 1).server->in_recovery = false; },
         "several members take writes: w1:5432, w1b:5432", kGroup},
        {"group-leader", [](auto& c) { c.nodes[1].member->leads = false; }, "has no leader",
         kGroup},
        {"group-paused", [](auto& c) { c.groups[1].paused = true; }, "is paused", kGroup},
        {"no-standby", [](auto& c) { c.nodes.erase(c.nodes.begin() + 4); },
         "w1:5432 leads, and no standby follows it", kGroup},
        {"not-synchronous", [](auto& c) { standby_of(c, 1).member->is_synchronous = false; },
         "no standby counts as synchronous", kGroup},
        {"standby-behind", [](auto& c) { standby_of(c, 1).member->lag = 17LL << 20; },
         "is 17 MB behind w1", kStandby},
        {"patroni-version", [](auto& c) { rename(c, "4.0.4"); }, "runs Patroni 4.0.4, c:5432 4.1.0",
         kStandby},
        {"patroni-version", [](auto& c) { standby_of(c, 1).member->has_old_patroni = true; },
         "runs Patroni 4.1.0", kStandby},
        {"sort-libraries", [](auto& c) { standby_of(c, 1).libraries->libc = "2.31"; },
         "sorts text by the C library 2.31", kStandby},
        {"collation-version",
         [](auto& c) { standby_of(c, 1).libraries->changed_collations = "app recorded 2.31"; },
         "2.31", kStandby},
        {"extension-update",
         [](auto& c) {
             for (auto& node : c.nodes) {
                 node.objects->extensions["hll"] = {"2.1", "2.1"};
             }
             standby_of(c, 1).objects->extensions["hll"].available = "";
         },
         "the files of the extension hll are not installed", kStandby},
    };
}

std::vector<Case> version_cases() {
    return {
        {"postgres-major", [](auto& c) { c.nodes[1].server->version_number = 160004; },
         "runs PostgreSQL 16.4, the coordinator 15.20"},
        {"postgres-minor", [](auto& c) { c.nodes[1].server->version_number = 150019; }, "15.19"},
        {"citus-unloaded", [](auto& c) { c.nodes[1].server->citus_preloaded = false; },
         "shared_preload_libraries"},
        {"citus-library", [](auto& c) { c.nodes[1].server->library_version = "13.1.0"; }, "13.1.0"},
        {"citus-version",
         [](auto& c) {
             c.nodes[1].server->extension = citus::ExtensionVersion{13, 1, 1};
             c.nodes[1].server->library_version = "13.1.0";
         },
         "has Citus 13.1-1, the coordinator 13.2-1"},
        {"citus-version", [](auto& c) { c.nodes[1].server->extension.reset(); },
         "no extension citus"},
        {"collation-version",
         [](auto& c) { c.nodes[1].libraries->changed_collations = "app recorded 2.31"; }, "2.31"},
        {"sort-libraries", [](auto& c) { c.nodes[1].libraries->libc = "2.31"; },
         "sorts text by the C library 2.31, the coordinator by 2.36"},
        {"extension-update",
         [](auto& c) {
             for (auto& node : c.nodes) {
                 node.objects->extensions["hll"] = {"2.1", "2.1"};
             }
             c.nodes[1].objects->extensions["hll"].available = "2.2";
         },
         "hll 2.1 (2.2)"},
    };
}

std::vector<Case> setting_cases() {
    return {
        {"database", [](auto& c) { c.nodes[1].database->collate = "C"; },
         "collation of the database is \"C\", on the coordinator \"en_US.utf8\""},
        {"build", [](auto& c) { set(c.nodes[1], "block_size", "16384"); },
         "block_size is \"16384\""},
        {"settings-differ", [](auto& c) { set(c.nodes[1], "timezone", "Asia/Tokyo"); },
         "timezone is \"Asia/Tokyo\", on the coordinator \"Etc/UTC\""},
        {"fsync-off", [](auto& c) { set(c.nodes[1], "fsync", "off"); }, "fsync is off"},
        {"full-page-writes-off", [](auto& c) { set(c.nodes[1], "full_page_writes", "off"); },
         "off"},
        {"damage-ignored", [](auto& c) { set(c.nodes[1], "zero_damaged_pages", "on"); },
         "zero_damaged_pages is on"},
        {"autovacuum-off", [](auto& c) { set(c.nodes[1], "autovacuum", "off"); }, "off"},
        {"wal-level", [](auto& c) { set(c.nodes[1], "wal_level", "replica"); },
         "wal_level is replica"},
        {"no-two-phase-commit", [](auto& c) { set(c.nodes[1], "max_prepared_transactions", "0"); },
         "max_prepared_transactions is 0"},
        {"auto-conf",
         [](auto& c) {
             c.nodes[1].settings->overridden = {
                 {"work_mem", "1MB", "4MB", "/data/postgresql.conf"}};
         },
         "overrides work_mem of \"/data/postgresql.conf\" (\"1MB\", there \"4MB\")"},
        {"pending-restart",
         [](auto& c) { c.nodes[1].settings->pending_restart = {"max_connections"}; },
         "max_connections"},
        {"configuration-file",
         [](auto& c) { c.nodes[1].settings->errors = {"line 3 does not apply"}; }, "line 3"},
    };
}

std::vector<Case> connection_cases() {
    return {
        {"pool-over-worker", [](auto& c) { set(c.nodes[1], "max_connections", "90"); },
         "1 issuing node x citus.max_shared_pool_size 100 (max_connections of the coordinator) = "
         "100 connections, max_connections here is 90"},
        {"pool-over-worker", [](auto& c) { set(c.nodes[0], "citus.max_shared_pool_size", "-1"); },
         "is -1", "c:5432"},
        {"pool-tight", [](auto& c) { set(c.nodes[1], "max_connections", "110"); },
         "+ 8 sessions of Citus + 3 reserved = 111 connections, max_connections here is 110"},
        {"clients-over-pool", [](auto& c) { set(c.nodes[0], "citus.max_shared_pool_size", "80"); },
         "97 clients x 1 cached connections = 97, more than citus.max_shared_pool_size 80",
         "c:5432"},
        {"executor-over-pool",
         [](auto& c) { set(c.nodes[0], "citus.max_adaptive_executor_pool_size", "32"); },
         "32 x 4 queries at once = 128", "c:5432"},
    };
}

std::vector<Case> catalog_cases() {
    return {
        {"invalid-index", [](auto& c) { c.nodes[1].catalog->invalid_indexes = {"public.i"}; },
         "public.i"},
        {"sequence-near-end", [](auto& c) { c.nodes[1].catalog->sequences[0].used = 0.8; },
         "public.t_id_seq (of public.t.id) has used 80 % of its range, up to 2147483647"},
        {"freeze-late", [](auto& c) { c.nodes[1].catalog->ages[0].transactions = 400'000'000; },
         "400 million old, autovacuum freezes at 200 million"},
        {"wraparound", [](auto& c) { c.nodes[1].catalog->ages[0].multixacts = 1'700'000'000; },
         "multixact ids in the database \"app\" are 1700 million old"},
        {"metadata-bloat",
         [](auto& c) { c.nodes[1].catalog->metadata_tables[0].dead_rows = 20'000; },
         "pg_dist_placement has 20000 dead rows beside 64"},
        {"replica-identity", [](auto& c) { c.nodes[0].catalog->without_identity = {"public.t"}; },
         "public.t", "c:5432"},
    };
}

std::vector<Case> leftover_cases() {
    return {
        {"prepared-transaction", [](auto& c) { c.nodes[1].leftovers->prepared[0].age = 121; },
         "\"citus_0_1_2_3\" of Citus is prepared for 121 s"},
        {"prepared-transaction", [](auto& c) { c.nodes[1].leftovers->prepared[1].age = 10; },
         "\"xa\" of app in the database \"app\" is prepared for 10 s"},
        {"orphaned-slot", [](auto& c) { c.nodes[1].leftovers->slots[1].active = false; },
         "citus_shard_move_slot_1"},
        {"slot-keeps-wal",
         [](auto& c) {
             auto& slot = c.nodes[1].leftovers->slots[0];
             slot.active = false;
             slot.kept_bytes = 2LL << 30;
         },
         "standby is not in use and keeps 2.0 GB of WAL"},
        {"slot-keeps-wal", [](auto& c) { c.nodes[1].leftovers->slots[0].wal_status = "lost"; },
         "its WAL is lost"},
        {"cleanup-records", [](auto& c) { c.nodes[0].leftovers->cleanup = {"public.t_102008"}; },
         "1 objects", "c:5432"},
        {"orphaned-shard",
         [](auto& c) {
             c.nodes[1].leftovers->unplaced.push_back({"public.t_102008", 102'008});
         },
         "none: public.t_102008"},
    };
}

std::vector<Case> machine_cases() {
    return {
        {"buffers-over-limit",
         [](auto& c) { c.nodes[1].machine.memory_limit = 100.0 * 1024 * 1024; },
         "shared_buffers 128 MB is more than this container's memory 100 MB"},
        {"memory-tight", [](auto& c) { c.nodes[1].machine.memory_limit = 512.0 * 1024 * 1024; },
         "shared memory 144 MB + 120 sessions x 4.0 MB = 624 MB, more than 80 % of the memory 512 "
         "MB"},
        {"shared-memory-small",
         [](auto& c) { c.nodes[1].machine.shared_memory = 64.0 * 1024 * 1024; },
         "/dev/shm has 64 MB"},
        {"disk-full", [](auto& c) { c.nodes[1].machine.disk->free = 1 << 20; },
         "1.0 MB of 100 GB free"},
        {"disk-full", [](auto& c) { c.nodes[1].machine.disk->free_files = 0; }, "no more files"},
        {"disk-low", [](auto& c) { c.nodes[1].machine.disk->free = 9ULL << 30; },
         "9.0 GB of 100 GB free"},
        {"file-system", [](auto& c) { c.nodes[1].machine.file_system = "overlay"; }, "on overlay"},
        {"stop-cut-off", [](auto& c) { c.nodes[1].machine.cut_off_stop = "2026-11-30T01:02:03Z"; },
         "the stop at 2026-11-30T01:02:03Z was cut off"},
        {"clock-skew", [](auto& c) { c.nodes[1].clock->ahead = -1.5; },
         "2.4 s behind that of the coordinator"},
        {"certificate-invalid", [](auto& c) { c.nodes[1].certificate->end = kNow - kDays; },
         "expired 1 days ago"},
        {"certificate-invalid", [](auto& c) { c.nodes[1].certificate->start = kNow + 60; },
         "not valid before 60 s from now"},
        {"certificate-ends", [](auto& c) { c.nodes[1].certificate->end = kNow + 3 * 3600; },
         "ends in 3 hours"},
    };
}

std::vector<Case> all_cases() {
    std::vector<Case> all;
    for (auto&& part : {node_cases(), version_cases(), setting_cases(), connection_cases(),
                        catalog_cases(), leftover_cases(), machine_cases()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

TEST(Checks, AreSilentAboutACleanCluster) {
    EXPECT_THAT(run_checks(clean_cluster(), {}), IsEmpty());
    EXPECT_EQ(exit_status({}), 0);
}

TEST(Checks, AreSilentAboutCleanGroups) {
    EXPECT_THAT(run_checks(clean_groups(), {}), IsEmpty());
}

TEST(Checks, AreSilentAboutWhatAStandbyCopies) {
    ClusterFacts cluster = clean_groups();
    NodeFacts& standby = standby_of(cluster, 1);
    standby.objects->roles["only_here"] = {"login"};
    standby.objects->extensions["hll"] = {"2.1", "2.2"};
    standby.database->collate = "C";
    standby.server->extension = citus::ExtensionVersion{13, 1, 1};
    standby.server->library_version = "13.1.0";
    set(standby, "wal_level", "replica");
    set(standby, "max_prepared_transactions", "0");
    set(standby, "max_connections", "90");
    standby.sessions->clients = 3;
    EXPECT_THAT(run_checks(cluster, {}), IsEmpty());
}

TEST(Checks, NameThePlaceOfWhatPatroniOwns) {
    ClusterFacts cluster = clean_groups();
    set(cluster.nodes[1], "wal_level", "replica");
    cluster.nodes[1].settings->pending_restart = {"max_connections"};
    const auto findings = run_checks(cluster, {});
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_THAT(findings[0].fix, HasSubstr("patronictl edit-config"));
    EXPECT_THAT(findings[1].fix, HasSubstr("patronictl restart PATRONI_SCOPE --pending"));
}

TEST(Checks, AStandbyThatMustNotLeadIsNoStandby) {
    ClusterFacts cluster = clean_groups();
    standby_of(cluster, 1).member->never_leads = true;
    const auto findings = run_checks(cluster, {});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].check, "no-standby");
    EXPECT_THAT(findings[0].what, HasSubstr("no standby that may lead"));
}

TEST(Checks, AStandbyThatDoesNotFollowIsNoStandby) {
    for (const bool is_elsewhere : {true, false}) {
        ClusterFacts cluster = clean_groups();
        auto& member = *standby_of(cluster, 1).member;
        member.timeline = is_elsewhere ? 7 : 2;
        member.state = is_elsewhere ? "running" : "start failed";
        const auto findings = run_checks(cluster, {});
        ASSERT_EQ(findings.size(), 2U);
        EXPECT_EQ(findings[0].check, "no-standby");
        EXPECT_EQ(findings[1].check, "standby-behind");
        EXPECT_THAT(findings[1].what,
                    HasSubstr(is_elsewhere ? "timeline 7, its leader's is 2" : "is start failed"));
    }
}

TEST(Checks, LeaveTheSlotOfAMoveAlone) {
    auto cluster = clean_cluster();
    cluster.nodes[1].leftovers->slots[1].active = false;
    cluster.nodes[0].leftovers->moves = 1;
    EXPECT_TRUE(run_checks(cluster, {}).empty());
    cluster.nodes[0].leftovers->moves.reset();
    EXPECT_TRUE(run_checks(cluster, {}).empty());
}

TEST(Checks, AreSilentAboutWhatWasNotRead) {
    ClusterFacts cluster;
    cluster.with_citus = true;
    cluster.nodes = {NodeFacts{"c:5432", true, true}, NodeFacts{"w:5432"}};
    cluster.nodes[0].server = cluster.nodes[1].server = clean_server();
    EXPECT_THAT(run_checks(cluster, {}), IsEmpty());
    cluster.nodes.clear();
    EXPECT_THAT(run_checks(cluster, {}), IsEmpty());
}

void check_fixtures(const std::vector<Case>& fixtures, ClusterFacts (*clean)()) {
    for (const Case& fixture : fixtures) {
        ClusterFacts cluster = clean();
        fixture.spoil(cluster);
        const auto findings = run_checks(cluster, {});
        ASSERT_EQ(findings.size(), 1U)
            << fixture.check << ": " << (findings.empty() ? "" : findings[0].check);
        const Finding& finding = findings.front();
        EXPECT_EQ(finding.check, fixture.check);
        EXPECT_EQ(finding.node, fixture.node) << fixture.check;
        EXPECT_THAT(finding.what, HasSubstr(fixture.what));
        EXPECT_FALSE(finding.why.empty() || finding.fix.empty()) << fixture.check;
        EXPECT_EQ(run_checks(cluster, {fixture.check}), findings);
        EXPECT_EQ(exit_status(findings), static_cast<int>(find_check(fixture.check)->severity));
    }
}

TEST(Checks, EachFiresAloneOnItsFixture) {
    check_fixtures(all_cases(), clean_cluster);
}

TEST(Checks, EachOfGroupsFiresAloneOnItsFixture) {
    check_fixtures(group_cases(), clean_groups);
}

TEST(Checks, EachHasAFixture) {
    auto fixtures = all_cases();
    const auto of_groups = group_cases();
    fixtures.insert(fixtures.end(), of_groups.begin(), of_groups.end());
    std::set<std::string> tested;
    for (const Case& fixture : fixtures) {
        tested.insert(fixture.check);
    }
    std::set<std::string> ids;
    for (const Check& check : all_checks()) {
        EXPECT_TRUE(ids.insert(std::string(check.id)).second) << check.id;
    }
    EXPECT_EQ(tested, ids);
    EXPECT_EQ(find_check("no-such-check"), nullptr);
}

TEST(Checks, ReportErrorsFirst) {
    ClusterFacts cluster = clean_cluster();
    set(cluster.nodes[1], "autovacuum", "off");
    set(cluster.nodes[2], "wal_level", "minimal");
    cluster.nodes[2].machine.disk->free = 0;
    const auto findings = run_checks(cluster, {});
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(findings[0].check, "disk-full");
    EXPECT_EQ(findings[1].check, "autovacuum-off");
    EXPECT_EQ(exit_status(findings), 2);
}

TEST(Checks, CountWorkersThatClientsUseAsIssuingNodes) {
    ClusterFacts cluster = clean_cluster();
    cluster.nodes[1].sessions->clients = 3;
    const auto findings = run_checks(cluster, {"pool-over-worker"});
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_THAT(findings[0].what, HasSubstr("2 issuing nodes x"));
    EXPECT_THAT(findings[0].fix, HasSubstr("CITUS_GUC_CITUS__MAX_SHARED_POOL_SIZE=49"));
}

TEST(Checks, RepairWhatCitusWouldResolveByItself) {
    ClusterFacts cluster = clean_cluster();
    cluster.nodes[1].leftovers->prepared[0] = {"citus_2_1_2_3", "postgres", "app", 900, true};
    auto findings = run_checks(cluster, {"prepared-transaction"});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].repair,
              (Repair{"w2:5432", "SELECT pg_catalog.recover_prepared_transactions()"}));
    cluster.nodes[2].trouble = "down";
    findings = run_checks(cluster, {"prepared-transaction"});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].repair, std::nullopt);
}

TEST(Checks, ReportASettingThatNeedsARestartOnce) {
    ClusterFacts cluster = clean_cluster();
    cluster.nodes[1].settings->pending_restart = {"max_connections"};
    cluster.nodes[1].settings->errors = {
        "the setting \"max_connections\" in \"f\" line 1 does not apply: could not be applied"};
    const auto findings = run_checks(cluster, {});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].check, "pending-restart");
}

TEST(Checks, DoNotTakeATableForAShardWhoseNumberWasNeverGivenOut) {
    ClusterFacts cluster = clean_cluster();
    const std::int64_t id = cluster.nodes[0].leftovers->last_shard_id + 1;
    cluster.nodes[1].leftovers->unplaced = {{"public.log_" + std::to_string(id), id}};
    EXPECT_THAT(run_checks(cluster, {"orphaned-shard"}), IsEmpty());
}

TEST(DoctorReference, IsWhatDocsHolds) {
    const std::string path = CITUS_INIT_SOURCE_DIR "/docs/doctor.md";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(path, reference_markdown(), 0644));
    }
    const auto text = RealFilesystem().read(path);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, reference_markdown())
        << "Run this test with UPDATE_GOLDEN=1 and commit docs/doctor.md";
}

}  // namespace
}  // namespace citus_init::doctor
