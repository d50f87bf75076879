#include "citus_init/backup/pruning.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/backup/restorable.h"
#include "citus_init/backup/saved_cluster.h"

#include "unit/backup/samples.h"

namespace citus_init::backup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct ExpiredCase {
    const char* what;
    void (*change)(Manifest& point, std::vector<StanzaInfo>& stanzas);
    bool has_expired;
};

using Stanzas = std::vector<StanzaInfo>;

void expire_other_group(Manifest& point, Stanzas& /*stanzas*/) {
    point.groups[0].label = "x";
    point.groups[0].wal_file = "000000010000000000000001";
}

void upgrade(Manifest& /*point*/, Stanzas& stanzas) {
    stanzas[1].databases.push_back({"5", "16", 2});
}

void leave_timeline(Manifest& point, Stanzas& stanzas) {
    point.groups[1].label = stanzas[1].backups[1].label;
    point.groups[1].wal_file = "000000020000000000000017";
    point.groups[1].left_timelines = {"000000010000000000000013"};
    stanzas[1].backups.erase(stanzas[1].backups.begin());
}

void lose_wal(Manifest& point, Stanzas& stanzas) {
    point.groups[1].wal_file = "000000010000000000000099";
    stanzas[1].archives.clear();
}

class Expired : public testing::TestWithParam<ExpiredCase> {};

// Of group 0 the base backups are there, of group 2 there is a later one only.
TEST_P(Expired, IsAPointThatLaterBackupsOnlyAreLeftOf) {
    auto stanzas = *parse_repository_info(kInfo);
    Manifest manifest = point();
    manifest.groups[1].wal_file = "000000010000000000000010";
    manifest.groups[1].label = "20261128-000000F";
    stanzas.push_back(stanzas[0]);
    stanzas[1].name = "app-2";
    stanzas[1].databases[0].system_identifier = manifest.groups[1].system_identifier;
    GetParam().change(manifest, stanzas);
    EXPECT_EQ(has_expired(manifest, stanzas), GetParam().has_expired) << GetParam().what;
    if (GetParam().has_expired) {
        EXPECT_NE(why_not_restorable(manifest, stanzas), "");
    }
}

INSTANTIATE_TEST_SUITE_P(
    , Expired,
    testing::Values(
        ExpiredCase{"as it is", [](auto&, auto&) {}, true},
        ExpiredCase{
            "a base backup of before is left",
            [](auto& point, auto&) { point.groups[1].wal_file = "00000001000000000000001F"; },
            false},
        ExpiredCase{"both groups", expire_other_group, true},
        ExpiredCase{"the other group's stanza is missing",
                    [](auto&, auto& stanzas) { stanzas.erase(stanzas.begin()); }, false},
        ExpiredCase{"its own stanza is missing", [](auto&, auto& stanzas) { stanzas.pop_back(); },
                    false},
        ExpiredCase{"the stanza has no backup at all",
                    [](auto&, auto& stanzas) { stanzas[1].backups.clear(); }, false},
        ExpiredCase{"pgBackRest cannot read the stanza",
                    [](auto&, auto& stanzas) { stanzas[1].code = 99; }, false},
        ExpiredCase{"the stanza is another cluster's",
                    [](auto&, auto& stanzas) { stanzas[1].databases[0].system_identifier = "1"; },
                    false},
        ExpiredCase{"the stanza was upgraded", upgrade, false},
        ExpiredCase{"the base backup is of a timeline that was left", leave_timeline, false},
        ExpiredCase{"WAL is missing, the base backup is there", lose_wal, false}));

// A repository in memory: the stanzas of kInfo, and files.
class StoredPoints final : public Runner {
  public:
    [[nodiscard]] Result<backup::Run> run(const Command& command,
                                          std::chrono::milliseconds /*deadline*/,
                                          const std::stop_token& /*stop*/) override {
        const std::string file = command.arguments.back();
        const auto is = [&](const char* verb) {
            return std::find(command.arguments.begin(), command.arguments.end(), verb) !=
                   command.arguments.end();
        };
        if (is("info")) {
            return backup::Run{info_code, false, info, "ERROR: [103]: unable to find a repository"};
        }
        if (is("repo-ls")) {
            std::string list = "{\".\":{\"type\":\"path\"}";
            for (std::size_t i = 0; i < order.size(); ++i) {
                list += fmt::format(R"(,"{}.json":{{"time":{}}})", order[i],
                                    written_at + static_cast<std::int64_t>(i));
            }
            return backup::Run{0, false, list + "}", ""};
        }
        if (is("repo-rm")) {
            removed.push_back(file);
            return backup::Run{removal_code, false, "", "ERROR: [041]: unable to remove"};
        }
        const auto name = file.substr(file.rfind('/') + 1, file.size() - file.rfind('/') - 6);
        return backup::Run{0, false, files[name], ""};
    }
    void add(const std::string& name, const std::string& text) {
        order.push_back(name);
        files[name] = text;
    }
    void add(const std::string& name, const char* wal_file, const char* cluster = "app") {
        Manifest manifest = point();
        manifest.groups.pop_back();
        manifest.name = name;
        manifest.cluster = cluster;
        manifest.groups[0].wal_file = wal_file;
        manifest.groups[0].label = "of " + name;
        add(name, render_manifest(manifest));
    }

    std::string info = kInfo;
    std::int64_t written_at = point().time;  // the first file; the others a second later each
    int info_code = 0;
    int removal_code = 0;
    std::vector<std::string> order;  // oldest first
    std::map<std::string, std::string> files;
    std::vector<std::string> removed;
};

constexpr const char* kBefore = "000000010000000000000010";  // any backup that is left
constexpr const char* kAfter = "000000010000000000000016";

Pruned prune(StoredPoints& points) {
    settings::BackupSettings settings;
    settings.name = "app";
    Repository repository(points, settings, "/run/pgbackrest.conf");
    return prune_points(repository);
}

TEST(Pruning, RemovesTheOldestUpToTheFirstThatCanBeRestored) {
    StoredPoints points;
    points.add("a", kBefore);
    points.add("broken", std::string("{"));
    points.add("renamed", points.files["a"]);
    points.add("other", kBefore, "other");
    points.add("b", kBefore);
    points.add("c", kAfter);
    points.add("d", kBefore);
    const Pruned pruned = prune(points);
    EXPECT_THAT(pruned.removed, ElementsAre("a", "b"));
    EXPECT_THAT(points.removed,
                ElementsAre("citus-init/app/points/a.json", "citus-init/app/points/b.json"));
    EXPECT_THAT(pruned.problem, HasSubstr("broken"));
}

TEST(Repository, OrdersPointsOfACopyByWhenTheyWereMade) {
    StoredPoints points;
    points.written_at += 86'400;
    settings::BackupSettings settings;
    settings.name = "app";
    const auto add = [&](const std::string& name, std::int64_t time) {
        Manifest manifest = point();
        manifest.name = name;
        manifest.time = time;
        points.add(name, render_manifest(manifest));
    };
    const std::int64_t time = point().time;
    add("last", time + 500);
    add("app-20261129T125430Z", time + 5);  // 5 s after the sample's
    points.add("broken", std::string("{"));
    add("first", time - 500);
    Repository repository(points, settings, "/run/pgbackrest.conf");
    std::vector<std::string> names;
    const auto stored = repository.points();
    ASSERT_TRUE(stored);
    for (const auto& each : *stored) {
        names.push_back(each.name);
    }
    // What cannot be read keeps the only time that is known of it.
    EXPECT_THAT(names, ElementsAre("broken", "last", "app-20261129T125430Z", "first"));
}

TEST(Pruning, RemovesNothingWhereTheRepositoryIsNotKnown) {
    StoredPoints points;
    points.add("a", kBefore);
    points.info_code = 103;
    EXPECT_THAT(prune(points).problem, HasSubstr("cannot list the base backups"));
    points.info_code = 0;
    points.info = "[]";
    EXPECT_THAT(prune(points).problem, HasSubstr("has no stanza of app"));
    points.info = R"([{"name":"app-0","status":{"code":2}},{"name":"app-1"}])";
    EXPECT_THAT(prune(points).problem, "");
    EXPECT_THAT(points.removed, ElementsAre());
    points.info = kInfo;
    points.add("b", kBefore);
    points.removal_code = 41;
    const Pruned pruned = prune(points);
    EXPECT_THAT(pruned.removed, ElementsAre());
    EXPECT_THAT(pruned.problem, HasSubstr("cannot remove the restore point a"));
    EXPECT_EQ(points.removed.size(), 1U);
}

TEST(SavedCluster, IsReadFromTheRepository) {
    auto stanzas = *parse_repository_info(kInfo);
    settings::BackupSettings settings;
    settings.name = "app";
    Manifest last = point();
    last.groups[0].label = stanzas[0].latest()->label;
    auto saved = saved_cluster({{0}}, stanzas, settings, &last);
    EXPECT_EQ(saved.groups[0].last_full, 1795956865);
    EXPECT_EQ(saved.groups[0].last, 1795956896);
    EXPECT_EQ(saved.last_point, last.time);
    EXPECT_FALSE(saved.has_newer_backups);
    last.groups[0].label = "20261129-125425F";
    EXPECT_TRUE(saved_cluster({{0}}, stanzas, settings, &last).has_newer_backups);
    EXPECT_TRUE(saved_cluster({{0}}, stanzas, settings, nullptr).has_newer_backups);
    EXPECT_EQ(saved_cluster({{0}}, stanzas, settings, nullptr).last_point, std::nullopt);
    saved = saved_cluster({{0}, {3}}, stanzas, settings, &last);
    EXPECT_FALSE(saved.has_newer_backups) << "a point needs every group";
    EXPECT_EQ(saved.groups[1].last, std::nullopt);
    stanzas[0].databases.push_back({"5", "16", 2});
    EXPECT_EQ(saved_cluster({{0}}, stanzas, settings, nullptr).groups[0].last, std::nullopt);
}

TEST(SavedCluster, KnowsWhichLastBackupLacksWal) {
    const auto stanzas = *parse_repository_info(kInfo);
    settings::BackupSettings settings;
    settings.name = "app";
    const auto lacks_wal = [&](const std::string& label) {
        return saved_cluster({{0, {}, label}}, stanzas, settings, nullptr).groups[0].lacks_wal;
    };
    EXPECT_TRUE(lacks_wal("20261129-125425F_20261129-125456I"));
    EXPECT_FALSE(lacks_wal("20261129-125425F")) << "there is a later one";
    EXPECT_FALSE(lacks_wal(""));
}

TEST(SavedCluster, HasNoBackupOfATimelineThatWasLeft) {
    const auto stanzas = *parse_repository_info(kInfo);
    settings::BackupSettings settings;
    settings.name = "app";
    const auto saved_after = [&](const char* last, const char* left) {
        return saved_cluster({{0, {last, {left}}}}, stanzas, settings, nullptr);
    };
    const auto saved = saved_after("000000020000000000000019", "000000010000000000000013");
    EXPECT_EQ(saved.groups[0].last, 1795956865);
    EXPECT_TRUE(saved.has_newer_backups);
    // Nor a newer one than the point of the one that counts.
    Manifest last = point();
    EXPECT_FALSE(saved_cluster({{0, {"000000020000000000000019", {"000000010000000000000013"}}}},
                               stanzas, settings, &last)
                     .has_newer_backups);
    EXPECT_EQ(saved_after("000000020000000000000019", "000000010000000000000018").groups[0].last,
              1795956896)
        << "a failover after it";
    const auto none = saved_after("000000020000000000000019", "000000010000000000000012");
    EXPECT_EQ(none.groups[0].last, std::nullopt);
    EXPECT_EQ(none.groups[0].last_full, std::nullopt);
    EXPECT_FALSE(none.has_newer_backups);
}

}  // namespace
}  // namespace citus_init::backup
