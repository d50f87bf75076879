#include "citus_init/postgres/postmaster_pid.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::postgres {
namespace {

TEST(PostmasterPid, ReadsAllLines) {
    const auto file = parse_postmaster_pid(
        "57\n/var/lib/postgresql/data\n1700000000\n5433\n/var/run/postgresql\n*\n  123456    0\n"
        "ready   \n");
    ASSERT_TRUE(file);
    EXPECT_EQ(*file, (PostmasterPid{57, false, "/var/lib/postgresql/data", 1700000000, 5433,
                                    "/var/run/postgresql", "*", PostmasterStatus::ready}));
}

TEST(PostmasterPid, ReadsTheStatusLine) {
    const std::string before = "1\n/data\n1\n5432\n\n\n 1 0\n";
    const std::pair<const char*, PostmasterStatus> cases[] = {
        {"starting\n", PostmasterStatus::starting},
        {"stopping\n", PostmasterStatus::stopping},
        {"ready   \n", PostmasterStatus::ready},
        {"standby \n", PostmasterStatus::standby},
        {"", PostmasterStatus::unknown},
        {"rea", PostmasterStatus::unknown},
    };
    for (const auto& [line, status] : cases) {
        EXPECT_EQ(parse_postmaster_pid(before + line)->status, status) << line;
    }
}

TEST(PostmasterPid, TakesAFileThatIsStillBeingWritten) {
    EXPECT_EQ(parse_postmaster_pid("57")->pid, 57);
    EXPECT_EQ(parse_postmaster_pid("57\n/data\n")->port, 0);
    EXPECT_EQ(parse_postmaster_pid("57\n/data\n")->status, PostmasterStatus::unknown);
}

TEST(PostmasterPid, KnowsASingleUserBackendByItsSign) {
    const auto file = parse_postmaster_pid("-57\n/data\n");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->pid, 57);
    EXPECT_TRUE(file->standalone);
}

TEST(PostmasterPid, HasTheSocketDirectoryAsClientsNameIt) {
    EXPECT_EQ(parse_postmaster_pid("57\n/data\n1\n5432\nsockets\n")->socket_directory,
              "/data/sockets");
    EXPECT_EQ(parse_postmaster_pid("57\n/data\n1\n5432\n@abstract\n")->socket_directory,
              "@abstract");
    EXPECT_EQ(parse_postmaster_pid("57\n/data\n1\n5432\n\n")->socket_directory, "");
}

TEST(PostmasterPid, RefusesWhatHasNoPid) {
    for (const char* text : {"", "\n", "0\n", "x\n", "-\n", "99999999999\n", "57x\n"}) {
        EXPECT_EQ(parse_postmaster_pid(text), std::nullopt) << text;
    }
}

TEST(PostmasterPid, NeverYieldsAPidThatWouldSignalMany) {
    EXPECT_TRUE(rc::check([](const std::string& text) {
        const auto file = parse_postmaster_pid(text);
        const bool harmless = !file || file->pid > 0;
        RC_ASSERT(harmless);
    }));
}

}  // namespace
}  // namespace citus_init::postgres
