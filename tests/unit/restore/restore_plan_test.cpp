#include "restore/restore_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/restored_files.h"

namespace citus_init::restore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

backup::StanzaInfo stanza(const std::string& name, const std::string& system_identifier,
                          const std::string& label) {
    backup::StanzaInfo info;
    info.name = name;
    info.databases = {{system_identifier, "15", 1}};
    backup::BaseBackup base;
    base.label = label;
    base.database_id = 1;
    base.wal_stop = "000000010000000000000003";
    base.size = 4096;
    info.backups = {base};
    return info;
}

ChosenPoint point() {
    ChosenPoint chosen;
    auto& manifest = chosen.manifest;
    manifest.name = "before";
    manifest.target = "before.0011aabb";
    manifest.cluster = "shop";
    manifest.postgres_version = "15.14";
    manifest.citus_version = "13.2-1";
    manifest.groups = {{0, "shop-0", "L0", "0/3000088", 1, "000000010000000000000004", "70", 12},
                       {1, "shop-1", "L1", "0/3000088", 2, "000000020000000000000004", "71", 12},
                       {3, "shop-3", "L3", "0/3000088", 1, "000000010000000000000004", "73", 12}};
    manifest.nodes = {{0, {"c", 5432}, "primary"},
                      {1, {"w1", 5432}, "primary"},
                      {1, {"w1b", 5432}, "secondary"},
                      {3, {"W2", 5432}, "primary"}};
    chosen.stanzas = {stanza("shop-0", "70", "L0"), stanza("shop-1", "71", "L1"),
                      stanza("shop-3", "73", "L3")};
    return chosen;
}

RestoredNode worker(const std::string& host, std::uint16_t port = 5432) {
    return {true, true, {host, port}, std::nullopt, 15, "13.2-1"};
}

RestoredNode coordinator() {
    return {true, false, {}, std::nullopt, 15, "13.2-1"};
}

TEST(RestorePlan, HasAllThatTheStartsAfterItNeed) {
    const auto record = plan_restore(point(), worker("w1"));
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->phase, postgres::RestorePhase::files);
    EXPECT_EQ(record->point, "before");
    EXPECT_EQ(record->target, "before.0011aabb");
    EXPECT_EQ(record->stanza, "shop-1");
    EXPECT_EQ(record->label, "L1");
    EXPECT_EQ(record->group, 1);
    EXPECT_EQ(record->timeline, 2);
    EXPECT_EQ(record->system_identifier, "71");
    EXPECT_TRUE(record->has_citus);
    EXPECT_THAT(record->groups, ElementsAre(postgres::RestoredGroup{0, {"c", 5432}, "70"},
                                            postgres::RestoredGroup{1, {"w1", 5432}, "71"},
                                            postgres::RestoredGroup{3, {"W2", 5432}, "73"}));
    EXPECT_EQ(restored_bytes(point(), *record), 4096U);
}

TEST(RestorePlan, ChoosesTheGroupByAddressOrBySetting) {
    EXPECT_EQ(plan_restore(point(), coordinator())->group, 0);
    EXPECT_EQ(plan_restore(point(), worker("w2", 9999))->group, 3);  // the only one on that host
    auto moved = worker("elsewhere");
    moved.group = 3;
    EXPECT_EQ(plan_restore(point(), moved)->group, 3);

    for (const char* unknown : {"elsewhere", "w1b", "c"}) {
        const auto refused = plan_restore(point(), worker(unknown));
        ASSERT_FALSE(refused) << unknown;
        EXPECT_EQ(refused.error().code, ExitCode::config);
        EXPECT_THAT(refused.error().message,
                    HasSubstr("It has group 1 (w1:5432), 3 (W2:5432). Set CITUS_RESTORE_GROUP"));
    }
    moved.group = 2;
    EXPECT_THAT(plan_restore(point(), moved).error().message,
                HasSubstr("CITUS_RESTORE_GROUP: 2 is not in it"));
}

TEST(RestorePlan, DistinguishesNodesOfOneHostByTheirPorts) {
    auto chosen = point();
    chosen.manifest.nodes[3].address = {"w1", 5433};
    EXPECT_EQ(plan_restore(chosen, worker("w1", 5433))->group, 3);
    EXPECT_EQ(plan_restore(chosen, worker("w1", 5432))->group, 1);
    EXPECT_FALSE(plan_restore(chosen, worker("w1", 5434)));
}

TEST(RestorePlan, RefusesVersionsThatDoNotFit) {
    struct Case {
        int postgres_major;
        const char* citus_version;
        bool has_citus;
        const char* reason;
    };
    for (const auto& each : {Case{16, "13.2-1", true, "this server is PostgreSQL 16"},
                             Case{15, "12.1-1", true, "this image has the older 12.1-1"},
                             Case{15, "", false, "Set CITUS_ENABLE=true"}}) {
        auto node = coordinator();
        node.postgres_major = each.postgres_major;
        node.citus_version = each.citus_version;
        node.has_citus = each.has_citus;
        const auto refused = plan_restore(point(), node);
        ASSERT_FALSE(refused) << each.reason;
        EXPECT_EQ(refused.error().code, ExitCode::config);
        EXPECT_THAT(refused.error().message, HasSubstr(each.reason));
    }
    auto later = coordinator();
    later.citus_version = "14.0-1";
    EXPECT_TRUE(plan_restore(point(), later));
}

TEST(OutwardSettings, AreRemovedAndNamed) {
    std::vector<std::string> removed;
    EXPECT_EQ(without_outward_settings("# ALTER SYSTEM\nwork_mem = '8MB'\n"
                                       "restore_command = 'x'\n Archive_Command='y'\n"
                                       "citus.recover_2pc_interval = '60s'\nport = 1\n",
                                       removed),
              "# ALTER SYSTEM\nwork_mem = '8MB'\nport = 1\n");
    EXPECT_THAT(removed,
                ElementsAre("restore_command", "archive_command", "citus.recover_2pc_interval"));
    removed.clear();
    EXPECT_EQ(without_outward_settings("", removed), "");
    EXPECT_EQ(without_recovery_settings("a = 1\n"), "a = 1\n");
    EXPECT_EQ(without_recovery_settings(
                  "a = 1\n\n# Recovery settings generated by pgBackRest restore on 2026-11-30 "
                  "12:00:00\nrestore_command = 'x'\nrecovery_target_timeline = '3'\n"),
              "a = 1\n\n");
    EXPECT_EQ(without_outward_settings("a = 1", removed), "a = 1");
    EXPECT_THAT(removed, IsEmpty());
}

}  // namespace
}  // namespace citus_init::restore
