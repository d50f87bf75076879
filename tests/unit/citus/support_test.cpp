#include "citus_init/citus/support.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

namespace citus_init::citus {
namespace {

using ::testing::HasSubstr;

ExtensionVersion version(const char* text) {
    return parse_extension_version(text).value();
}

struct Pair {
    const char* citus;
    int oldest;
    int newest;
};

// configure.ac of each release.
TEST(Incompatibility, HoldsForEveryPair) {
    for (const auto& [citus, oldest, newest] :
         {Pair{"11.3-2", 13, 15}, Pair{"12.0-1", 14, 15}, Pair{"12.1-1", 14, 16},
          Pair{"13.0-1", 15, 17}, Pair{"13.1-1", 15, 17}, Pair{"13.2-1", 15, 17},
          Pair{"14.0-1", 16, 18}, Pair{"15.0-1", 16, 18}}) {
        for (int major = 12; major <= 19; ++major) {
            EXPECT_EQ(!incompatibility(version(citus), major), major >= oldest && major <= newest)
                << citus << " on " << major;
        }
    }
}

struct Refused {
    const char* citus;
    int major;
    const char* words;
};

TEST(Incompatibility, NamesTheVersionsAndAPackageThatExists) {
    for (const auto& [citus, major, words] :
         {Refused{"13.2-1", 18,
                  "Citus 13.2 runs on PostgreSQL 15 to 17, but this server is PostgreSQL 18. "
                  "Install postgresql-18-citus-14.0, or use an image whose Citus and PostgreSQL "
                  "belong together"},
          Refused{"14.0-1", 15,
                  "Citus 14.0 runs on PostgreSQL 16 to 18, but this server is PostgreSQL 15. "
                  "Install postgresql-15-citus-13.2, or use an image whose Citus and PostgreSQL "
                  "belong together"},
          Refused{"14.0-1", 19,
                  "Citus 14.0 runs on PostgreSQL 16 to 18, but this server is PostgreSQL 19. "
                  "Use an image whose Citus and PostgreSQL belong together"},
          Refused{"11.2-1", 14,
                  "Citus 11.2 is too old: citus-init runs 11.3 to 14.0. Install "
                  "postgresql-14-citus-12.1, or use an image whose Citus and PostgreSQL belong "
                  "together"}}) {
        EXPECT_EQ(incompatibility(version(citus), major).value_or(""), words);
    }
}

TEST(UntestedPair, IsReportedAndRuns) {
    EXPECT_EQ(untested_pair(version("15.0-1"), 18),
              "Citus 15.0 on PostgreSQL 18 is not released; citus-init was tested with 11.3 to "
              "14.0");
    EXPECT_EQ(untested_pair(version("15.1-1"), 19),
              "Citus 15.1 on PostgreSQL 19 is not a pair that is known; citus-init was tested "
              "with 11.3 to 14.0");
    EXPECT_FALSE(incompatibility(version("15.1-1"), 19));
    EXPECT_EQ(untested_pair(version("14.0-1"), 18), "");
    EXPECT_EQ(untested_pair(version("15.0-1"), 15), "");  // refused
}

TEST(Packages, ExistForThePair) {
    EXPECT_EQ(newest_package_for(13), "postgresql-13-citus-11.3");
    EXPECT_EQ(newest_package_for(14), "postgresql-14-citus-12.1");
    EXPECT_EQ(newest_package_for(15), "postgresql-15-citus-13.2");
    EXPECT_EQ(newest_package_for(16), "postgresql-16-citus-14.0");
    EXPECT_EQ(newest_package_for(18), "postgresql-18-citus-14.0");
    EXPECT_FALSE(newest_package_for(19));
}

TEST(SupportTable, HasACitusForEveryPostgresql) {
    for (int major = kOldestPairedPostgres; major <= kNewestPairedPostgres; ++major) {
        EXPECT_TRUE(newest_citus_for(major)) << major;
    }
    EXPECT_FALSE(newest_citus_for(kOldestPairedPostgres - 1));
    EXPECT_FALSE(newest_citus_for(kNewestPairedPostgres + 1));
}

constexpr std::string_view kBegin = "<!-- pairs: written by test_citus -->\n";
constexpr std::string_view kEnd = "<!-- end of pairs -->\n";

TEST(CompatibilityPage, HoldsTheTable) {
    const std::string path = CITUS_INIT_SOURCE_DIR "/docs/compatibility.md";
    auto text = RealFilesystem().read(path);
    ASSERT_TRUE(text) << text.error().message;
    const auto begin = text->find(kBegin);
    const auto end = text->find(kEnd);
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    const auto table = begin + kBegin.size();
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        text->replace(table, end - table, support_markdown());
        ASSERT_TRUE(write_file_atomically(path, *text, 0644));
        return;
    }
    EXPECT_EQ(text->substr(table, end - table), support_markdown())
        << "Run this test with UPDATE_GOLDEN=1 and commit docs/compatibility.md";
}

}  // namespace
}  // namespace citus_init::citus
