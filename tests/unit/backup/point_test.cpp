#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/backup/backup_output.h"
#include "citus_init/backup/manifest.h"
#include "citus_init/backup/point_name.h"
#include "citus_init/backup/repository.h"
#include "citus_init/backup/restorable.h"
#include "citus_init/backup/stanza.h"

#include "unit/backup/samples.h"

namespace citus_init::backup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Manifest, IsReadAsItWasWritten) {
    const auto read = parse_manifest(render_manifest(point()));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, point());
    EXPECT_EQ(read->find(2)->timeline, 3);
    EXPECT_EQ(read->find(1), nullptr);
}

TEST(Manifest, HasNoGroupWithoutWhatARestoreNeeds) {
    for (const auto field : {&PointGroup::stanza, &PointGroup::label, &PointGroup::wal_file,
                             &PointGroup::system_identifier}) {
        auto manifest = point();
        manifest.groups[1].*field = "";
        EXPECT_FALSE(parse_manifest(render_manifest(manifest)));
    }
    auto manifest = point();
    manifest.groups.clear();
    EXPECT_FALSE(parse_manifest(render_manifest(manifest)));
    manifest = point();
    manifest.nodes[0].address.port = 0;
    EXPECT_FALSE(parse_manifest(render_manifest(manifest)));
}

TEST(Manifest, OfALaterFormatSaysSo) {
    std::string json = render_manifest(point());
    json.replace(json.find("\"format\": 1"), 11, "\"format\": 2");
    const auto read = parse_manifest(json);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("a later version of citus-init"));
}

TEST(Manifest, IsNoneForAnyOtherBytes) {
    const std::string whole = render_manifest(point());
    for (std::size_t length = 0; length < whole.size() - 2; ++length) {
        EXPECT_FALSE(parse_manifest(whole.substr(0, length))) << length;
    }
    for (const char* text :
         {"null", "[]", "1", "{\"format\":1,\"groups\":[1],\"nodes\":{}}", "\xff\xfe"}) {
        EXPECT_FALSE(parse_manifest(text)) << text;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x15);
        static_cast<void>(parse_manifest(changed));
    }
}

TEST(PointName, OfOurOwnHasTheTimeAndFits) {
    EXPECT_EQ(default_point_name("app", 1'795'956'865), "app-20261129T125425Z");
    const std::string longest = default_point_name(std::string(200, 'x'), 0);
    EXPECT_EQ(name_problem(longest), std::nullopt) << longest;
    EXPECT_LE(point_target(longest, "0011aabb").size(), 63U);
}

TEST(PointName, IsCheckedBeforeItIsUsed) {
    for (const char* good : {"a", "before_v2.1-rc", "0", "LATEST-1"}) {
        EXPECT_EQ(name_problem(good), std::nullopt) << good;
    }
    for (const std::string& bad :
         {std::string(), std::string(55, 'a'), std::string("-x"), std::string(".x"),
          std::string("a/b"), std::string("a b"), std::string("a'b"), std::string("\xc3\xa4"),
          std::string("latest"), std::string("NONE"), std::string("a\0b", 3)}) {
        EXPECT_NE(name_problem(bad), std::nullopt) << bad;
    }
}

TEST(RepositoryInfo, HasBackupsAndWal) {
    const auto stanzas = parse_repository_info(kInfo);
    ASSERT_TRUE(stanzas);
    ASSERT_EQ(stanzas->size(), 1U);
    const StanzaInfo& stanza = stanzas->front();
    EXPECT_EQ(stanza.name, "app-0");
    EXPECT_EQ(stanza.latest()->label, "20261129-125425F_20261129-125456I");
    EXPECT_TRUE(stanza.latest()->has_errors);
    EXPECT_EQ(stanza.latest()->read, 205529356);
    EXPECT_EQ(stanza.latest()->repository_size, 8558208);
    const BaseBackup* full = stanza.find("20261129-125425F");
    ASSERT_NE(full, nullptr);
    EXPECT_EQ(full->stop - full->start, 11);
    EXPECT_EQ(full->wal_stop, "000000010000000000000012");
    EXPECT_THAT(stanza.archives, ElementsAre(ArchivedWal{1, "000000010000000000000011",
                                                         "000000010000000000000016"}));
    EXPECT_FALSE(parse_repository_info("{}"));
    EXPECT_TRUE(parse_repository_info("[1, null, {\"backup\": 3, \"db\": [[]]}]"));
}

struct RestorableCase {
    const char* what;
    void (*change)(PointGroup& group, StanzaInfo& stanza);
    const char* why_not;
};

class Restorable : public testing::TestWithParam<RestorableCase> {};

TEST_P(Restorable, IsAPointWhoseBackupAndWalAreThere) {
    auto stanzas = *parse_repository_info(kInfo);
    Manifest manifest = point();
    manifest.groups.pop_back();
    GetParam().change(manifest.groups[0], stanzas[0]);
    const std::string why_not = why_not_restorable(manifest, stanzas);
    if (*GetParam().why_not == '\0') {
        EXPECT_EQ(why_not, "");
    } else {
        EXPECT_THAT(why_not, HasSubstr(GetParam().why_not));
    }
}

INSTANTIATE_TEST_SUITE_P(
    , Restorable,
    testing::Values(
        RestorableCase{"as it is", [](auto&, auto&) {}, ""},
        RestorableCase{"recorded one expired, an older one is left",
                       [](auto& group, auto&) { group.label = "20261129-125430F"; }, ""},
        RestorableCase{"no older one is left",
                       [](auto& group, auto& stanza) {
                           group.label = "20261129-125430F";
                           stanza.backups.erase(stanza.backups.begin());
                       },
                       "the base backup 20261129-125430F of app-0 was expired"},
        RestorableCase{"all expired", [](auto&, auto& stanza) { stanza.backups.clear(); },
                       "was expired"},
        RestorableCase{"WAL not there yet",
                       [](auto& group, auto&) { group.wal_file = "000000010000000000000017"; },
                       "WAL of app-0 from 000000010000000000000011 to 000000010000000000000017"},
        RestorableCase{
            "WAL removed",
            [](auto&, auto& stanza) { stanza.archives[0].first = "000000010000000000000012"; },
            "is missing"},
        RestorableCase{"no WAL", [](auto&, auto& stanza) { stanza.archives.clear(); },
                       "is missing"},
        RestorableCase{"another cluster's",
                       [](auto& group, auto&) { group.system_identifier = "1"; },
                       "belongs to another cluster"},
        RestorableCase{"a backup of before pg_upgrade",
                       [](auto&, auto& stanza) {
                           stanza.databases.push_back({"18446744073709551615", "16", 2});
                       },
                       "was expired"},
        RestorableCase{"a stanza that cannot be read",
                       [](auto&, auto& stanza) {
                           stanza = {99, "[ProtocolError] 503", {}, "app-0"};
                       },
                       "app-0 cannot be read: [ProtocolError] 503"},
        RestorableCase{"no stanza", [](auto& group, auto&) { group.stanza = "app-1"; },
                       "the repository has no stanza app-1"}));

TEST(BaseBackupOfAPoint, IsNoneOfATimelineThatWasLeftBefore) {
    auto stanzas = *parse_repository_info(kInfo);
    Manifest manifest = point();
    manifest.groups.pop_back();
    // A restore to before the later base backup, which the point names nevertheless.
    manifest.groups[0].label = stanzas[0].backups[1].label;
    manifest.groups[0].wal_file = "000000020000000000000017";
    manifest.groups[0].left_timelines = {"000000010000000000000013"};
    stanzas[0].archives[0].last = "000000020000000000000017";
    EXPECT_EQ(base_backup_for(manifest.groups[0], stanzas[0])->label, "20261129-125425F");
    EXPECT_EQ(why_not_restorable(manifest, stanzas), "");
    stanzas[0].backups.erase(stanzas[0].backups.begin());
    EXPECT_THAT(
        why_not_restorable(manifest, stanzas),
        HasSubstr("20261129-125456I of app-0 is of a timeline that was left before the point"));
}

TEST(BackupOutput, CountsFilesAndKnowsTheEnd) {
    BackupOutput output;
    const std::string text =
        "P00   INFO: last backup label = 20261129-125400F, version = 2.45\n"
        "P01 DETAIL: backup file /data/base/5/16384 (65.1MB, 74.61%) checksum 29c38aea\n"
        "P01 DETAIL: backup file /data/a (1, 2%)/b (bundle 1/23, 29.0KB, 74.65%) checksum 75f8\n"
        "P01 DETAIL: backup file /data/base/1/13404 (0B, 100.00%)\n";
    for (const char c : text) {
        output.read({&c, 1});
    }
    EXPECT_EQ(output.permille(), 1000);
    EXPECT_EQ(output.bytes(), 68262297 + 29696);
    EXPECT_EQ(output.total_bytes(), output.bytes());
    EXPECT_EQ(output.label(), "");
    output.read(
        "P00   INFO: new backup label = 20261129-125618F\nP00   INFO: full backup size = 1MB");
    EXPECT_EQ(output.label(), "20261129-125618F");
    EXPECT_FALSE(output.is_complete());
    output.read("\nP00   INFO: backup command end: completed successfully (1ms)\n");
    EXPECT_TRUE(output.is_complete());
}

TEST(BackupOutput, TakesAnyBytes) {
    BackupOutput output;
    for (const char* line :
         {"P01 DETAIL: backup file \n", "P01 DETAIL: backup file x (1B, 1e9%)\n",
          "P01 DETAIL: backup file x (99999999999999999999PB, 50%)\n",
          "P01 DETAIL: backup file x %)\n", "P01 DETAIL: backup file x (-1MB, -1%)\n",
          "P01 DETAIL: backup file x (nanMB, nan%)\n"}) {
        output.read(line);
    }
    output.read(std::string(100'000, '\xff'));
    EXPECT_GE(output.total_bytes(), 0);
    EXPECT_LE(output.permille(), 1000);
}

// Answers as it is told, and keeps what it was asked.
class ScriptedRunner final : public Runner {
  public:
    [[nodiscard]] Result<backup::Run> run(const Command& command,
                                          std::chrono::milliseconds /*deadline*/,
                                          const std::stop_token& /*stop*/) override {
        commands.push_back(command);
        return next;
    }
    backup::Run next;
    std::vector<Command> commands;
};

TEST(Repository, HasItsOwnStanzasInOrder) {
    ScriptedRunner runner;
    settings::BackupSettings settings;
    settings.name = "app";
    Repository repository(runner, settings, "/run/pgbackrest.conf");
    runner.next.output =
        R"([{"name":"app-10"},{"name":"app-x-1"},{"name":"app-2"},{"name":"other-1"}])";
    const auto stanzas = repository.stanzas();
    ASSERT_TRUE(stanzas);
    ASSERT_EQ(stanzas->size(), 2U);
    EXPECT_EQ(stanzas->at(0).name, "app-2");
    EXPECT_EQ(stanzas->at(1).name, "app-10");
    EXPECT_EQ(group_of_stanza(settings, "app-10"), 10);
    EXPECT_EQ(group_of_stanza(settings, "app-"), std::nullopt);
}

// One request to S3 that fails, for instance. A stanza of a worker that was removed may be broken.
TEST(Repository, TakesNoStanzaOfTheseGroupsThatCannotBeReadForOneWithoutBackups) {
    ScriptedRunner runner;
    settings::BackupSettings settings;
    settings.name = "app";
    Repository repository(runner, settings, "/run/pgbackrest.conf");
    runner.next.output =
        R"([{"name":"app-0","status":{"code":0}},{"name":"app-1","backup":[],"db":[],)"
        R"("repo":[{"status":{"code":99,"message":"[ProtocolError] 503 Slow Down"}}],)"
        R"("status":{"code":99,"message":"other"}}])";
    const auto stanzas = repository.stanzas({0, 1});
    ASSERT_FALSE(stanzas);
    EXPECT_EQ(stanzas.error().code, ExitCode::unavailable);
    EXPECT_THAT(stanzas.error().message, HasSubstr("[ProtocolError] 503 Slow Down"));
    EXPECT_TRUE(repository.stanzas({0, 2}));
    EXPECT_TRUE(repository.stanzas());
}

// Answers `repo-ls` of one directory.
class ArchiveRunner final : public Runner {
  public:
    [[nodiscard]] Result<backup::Run> run(const Command& command,
                                          std::chrono::milliseconds /*deadline*/,
                                          const std::stop_token& /*stop*/) override {
        directories.push_back(command.arguments.back());
        return backup::Run{0, false, files, ""};
    }
    std::string files;
    std::vector<std::string> directories;
};

TEST(Repository, FindsTheWalThatAPointLacksByOneListOfADirectory) {
    ArchiveRunner runner;
    settings::BackupSettings settings;
    settings.name = "app";
    Repository repository(runner, settings, "/run/pgbackrest.conf");
    const auto stanzas = *parse_repository_info(kInfo);
    Manifest manifest = point();
    manifest.groups.pop_back();
    for (const char* segment : {"11", "12", "13"}) {
        runner.files += "0000000100000000000000" + std::string(segment) + "-0a1b.gz\n";
    }
    EXPECT_THAT(*repository.missing_wal(manifest, stanzas), testing::IsEmpty());
    EXPECT_THAT(runner.directories, ElementsAre("archive/app-0/15-1/0000000100000000"));
    runner.files = "000000010000000000000011-0a1b.gz\n000000010000000000000013-0a1b.gz\n";
    const auto missing = *repository.missing_wal(manifest, stanzas);
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_EQ(missing[0].group, 0);
    EXPECT_EQ(missing[0].label, "20261129-125425F");
    EXPECT_EQ(text_of(missing),
              "WAL of app-0 is missing between 000000010000000000000011 and "
              "000000010000000000000013: 000000010000000000000012");
}

TEST(Repository, ListsPointsNewestFirstAndSaysWhyItCannot) {
    ScriptedRunner runner;
    settings::BackupSettings settings;
    settings.name = "app";
    Repository repository(runner, settings, "/run/pgbackrest.conf");
    runner.next.output =
        R"({".":{"type":"path"},"a.json":{"time":5},"b.json":{"time":9},"c.tmp":{"time":10}})";
    const auto points = repository.points();
    ASSERT_TRUE(points);
    ASSERT_EQ(points->size(), 2U);
    EXPECT_EQ(points->front().name, "b");
    EXPECT_EQ(runner.commands.front().arguments.back(), "citus-init/app/points");
    runner.next =
        backup::Run{55, false, "", "ERROR: [055]: raised from remote-0: [13] Permission denied\n"};
    const auto refused = repository.read_point("b");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("the server's user may not"));
    EXPECT_EQ(runner.commands.back().arguments.back(), "citus-init/app/points/b.json");
}

// Half a list would be one without the newest points, or without any.
TEST(PointName, HasItsTime) {
    const std::int64_t time = 1'795'956'865;
    EXPECT_EQ(default_point_time("app", default_point_name("app", time)), time);
    const std::string longest(60, 'x');
    EXPECT_EQ(default_point_time(longest, default_point_name(longest, time)), time);
    for (const char* name : {"app", "app-", "app-20261129T125425Zx", "other-20261129T125425Z",
                             "app-20261329T125425Z", "app-2026-11-29"}) {
        EXPECT_EQ(default_point_time("app", name), std::nullopt) << name;
    }
}

TEST(Repository, TakesNoPartOfAListForAllOfIt) {
    ScriptedRunner runner;
    settings::BackupSettings settings;
    settings.name = "app";
    Repository repository(runner, settings, "/run/pgbackrest.conf");
    runner.next.output = R"({".":{"type":"path"},"a.json":{"time":5},"b.js)";
    EXPECT_EQ(repository.points().error().code, ExitCode::software);
    runner.next.output = R"({".":{"type":"path"}})";
    EXPECT_TRUE(repository.points());
    runner.next.is_cut = true;
    EXPECT_THAT(repository.points().error().message, HasSubstr("printed more than 21 bytes"));
    EXPECT_EQ(repository.stanzas().error().code, ExitCode::software);
}

}  // namespace
}  // namespace citus_init::backup
