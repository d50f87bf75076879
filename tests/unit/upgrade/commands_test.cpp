#include "upgrade/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::upgrade {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

ClusterFacts facts_of(const std::string& provider, const std::string& locale = "") {
    ClusterFacts facts;
    facts.superuser = "postgres";
    facts.encoding = "UTF8";
    facts.collate = "en_US.UTF-8";
    facts.ctype = "C.UTF-8";
    facts.locale_provider = provider;
    facts.locale = locale;
    facts.wal_segment_size = 16ULL << 20U;
    return facts;
}

std::vector<std::string> initdb_of(int major, const ClusterFacts& facts) {
    return initdb_arguments({major, "/bin17", "/data/new", ""}, facts, false, "");
}

TEST(InitdbArguments, MakeAClusterLikeTheOldOne) {
    const auto arguments =
        initdb_arguments({17, "/b", "/data/new", ""}, facts_of("c"), true, "/w/17");
    EXPECT_EQ(arguments.front(), "/b/initdb");
    for (const char* expected :
         {"/data/new", "--username=postgres", "--encoding=UTF8", "--lc-collate=en_US.UTF-8",
          "--lc-ctype=C.UTF-8", "--locale-provider=libc", "--wal-segsize=16", "--no-instructions",
          "--allow-group-access", "--waldir=/w/17"}) {
        EXPECT_THAT(arguments, Contains(expected));
    }
}

TEST(InitdbArguments, NameALocaleProviderWhereTheVersionHasOne) {
    EXPECT_THAT(initdb_of(14, facts_of("c")), Not(Contains(HasSubstr("locale-provider"))));
    EXPECT_THAT(initdb_of(13, facts_of("c")), Not(Contains("--no-instructions")));
    auto icu = facts_of("i", "de-u-co-phonebk");
    icu.icu_rules = "&a < g";
    EXPECT_THAT(initdb_of(17, icu), Contains("--icu-locale=de-u-co-phonebk"));
    EXPECT_THAT(initdb_of(17, icu), Contains("--icu-rules=&a < g"));
    EXPECT_THAT(initdb_of(15, icu), Not(Contains(HasSubstr("icu-rules"))));
    EXPECT_THAT(initdb_of(18, facts_of("b", "C.UTF-8")), Contains("--builtin-locale=C.UTF-8"));
}

// pg_upgrade refuses a new cluster that differs; 18 switches checksums on unless told otherwise.
TEST(InitdbArguments, KeepTheChecksumsAsTheyAre) {
    auto with = facts_of("c");
    with.data_checksums = true;
    EXPECT_THAT(initdb_of(18, with), Contains("--data-checksums"));
    EXPECT_THAT(initdb_of(18, facts_of("c")), Contains("--no-data-checksums"));
    EXPECT_THAT(initdb_of(17, facts_of("c")), Not(Contains(HasSubstr("checksums"))));
}

PgUpgradeRequest request_of(FileTransfer transfer) {
    return {{15, "/b15", "/data", "citus,pg_cron"},
            {17, "/b17", "/data/new", "citus"},
            {"/run/s", "/run/s/pg_hba.conf"},
            "postgres",
            transfer,
            4};
}

TEST(PgUpgradeArguments, LoadCitusIntoBothServers) {
    const auto arguments = pg_upgrade_arguments(request_of(FileTransfer::copy));
    EXPECT_THAT(arguments, Contains("--old-options=-c hba_file=/run/s/pg_hba.conf -c ssl=off "
                                    "-c shared_preload_libraries=citus,pg_cron"));
    EXPECT_THAT(arguments, Contains("--new-options=-c hba_file=/run/s/pg_hba.conf -c ssl=off "
                                    "-c shared_preload_libraries=citus"));
    EXPECT_THAT(arguments, Contains("--jobs=4"));
    EXPECT_THAT(arguments, Not(Contains("--copy")));  // not known before 17
    EXPECT_THAT(arguments, Not(Contains("--check")));
}

TEST(PgUpgradeArguments, NameTheMethodWhereItIsNotTheDefault) {
    EXPECT_THAT(pg_upgrade_arguments(request_of(FileTransfer::clone)), Contains("--clone"));
    EXPECT_THAT(pg_upgrade_arguments(request_of(FileTransfer::link)), Contains("--link"));
}

// The private servers read neither our file nor its presets: a slot of the old cluster needs the
// wal_level that the node ran with.
TEST(CarriedSettings, AreThoseOfEveryLayer) {
    render::GucStack stack;
    EXPECT_THAT(carried_settings(stack), ElementsAre());
    stack.add("wal_level", {render::Layer::role_preset, "logical", "role preset"});
    stack.add("max_connections", {render::Layer::tuned, "500", "CITUS_TUNE"});
    stack.add("work_mem", {render::Layer::command_line, "8MB", "-c"});
    EXPECT_THAT(carried_settings(stack),
                ElementsAre(Pair("wal_level", "logical"), Pair("max_connections", "500")));
    stack.add("wal_level", {render::Layer::environment, "replica", "CITUS_GUC_WAL_LEVEL"});
    EXPECT_THAT(carried_settings(stack), Contains(Pair("wal_level", "replica")));
}

// "WAL streaming (max_wal_senders > 0) requires wal_level replica or logical".
TEST(CarriedSettings, LetAServerWithMinimalWalStart) {
    render::GucStack stack;
    stack.add("wal_level", {render::Layer::environment, "minimal", "CITUS_GUC_WAL_LEVEL"});
    stack.add("max_wal_senders", {render::Layer::environment, "0", "CITUS_GUC_MAX_WAL_SENDERS"});
    EXPECT_THAT(carried_settings(stack),
                ElementsAre(Pair("wal_level", "minimal"), Pair("max_wal_senders", "0")));
}

}  // namespace
}  // namespace citus_init::upgrade
