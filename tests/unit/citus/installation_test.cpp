#include "citus_init/citus/installation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_filesystem.h"

namespace citus_init::citus {
namespace {

using test::FakeFilesystem;
using ::testing::HasSubstr;

constexpr const char* kControl =
    "# Citus extension\ncomment = 'Citus'\ndefault_version = '13.2-1'\nrelocatable = false\n";

TEST(FindCitus, KnowsTheLayoutsOfServers) {
    struct Case {
        const char* bin;
        const char* library;
        const char* control;
    };
    const Case cases[] = {
        {"/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/15/lib/citus.so",
         "/usr/share/postgresql/15/extension/citus.control"},
        {"/opt/x/lib/postgresql/15/bin", "/opt/x/lib/postgresql/15/lib/citus.so",
         "/opt/x/share/postgresql/15/extension/citus.control"},
        {"/usr/pgsql-15/bin", "/usr/pgsql-15/lib/citus.so",
         "/usr/pgsql-15/share/extension/citus.control"},
        {"/usr/local/bin", "/usr/local/lib/postgresql/citus.so",
         "/usr/local/share/postgresql/extension/citus.control"},
    };
    for (const auto& [bin, library, control] : cases) {
        FakeFilesystem files;
        files.add_file(library, "");
        files.add_file(control, kControl);
        const auto found = find_citus(files, bin, 15);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->library_path, library);
        EXPECT_EQ(found->control_path, control);
        EXPECT_EQ(found->default_version, (ExtensionVersion{13, 2, 1}));
    }
}

TEST(FindCitus, NamesThePackageAndThePathsSearched) {
    const auto none = find_citus(FakeFilesystem(), "/usr/lib/postgresql/15/bin", 15);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ExitCode::config);
    EXPECT_THAT(none.error().message, HasSubstr("postgresql-15-citus-"));
    EXPECT_THAT(none.error().message, HasSubstr("/usr/lib/postgresql/15/lib"));

    FakeFilesystem library_only;
    library_only.add_file("/usr/lib/postgresql/15/lib/citus.so", "");
    const auto half = find_citus(library_only, "/usr/lib/postgresql/15/bin", 15);
    ASSERT_FALSE(half);
    EXPECT_THAT(half.error().message, HasSubstr("citus.control"));
    EXPECT_THAT(half.error().message, HasSubstr("/usr/share/postgresql/15/extension"));
}

// A package of that name exists for the pair; Citus 13.2 has none for 18.
TEST(FindCitus, NamesAPackageThatExists) {
    for (const auto& [major, expected] :
         {std::pair(13, "postgresql-13-citus-11.3 "), std::pair(14, "postgresql-14-citus-12.1 "),
          std::pair(15, "postgresql-15-citus-13.2 "), std::pair(17, "postgresql-17-citus-14.0 "),
          std::pair(18, "postgresql-18-citus-14.0 "),
          std::pair(19, "No Citus that this citus-init knows runs on it. ")}) {
        const auto none = find_citus(FakeFilesystem(), "/usr/local/bin", major);
        ASSERT_FALSE(none);
        EXPECT_THAT(none.error().message, HasSubstr(expected));
    }
}

TEST(FindCitus, RefusesADamagedOrUnfitPackage) {
    FakeFilesystem files;
    files.add_file("/usr/lib/postgresql/18/lib/citus.so", "");
    const char* control = "/usr/share/postgresql/18/extension/citus.control";
    files.add_file(control, "comment = 'default_version'\n");
    EXPECT_THAT(find_citus(files, "/usr/lib/postgresql/18/bin", 18).error().message,
                HasSubstr("damaged"));
    files.add_file(control, kControl);
    EXPECT_THAT(find_citus(files, "/usr/lib/postgresql/18/bin", 18).error().message,
                HasSubstr("Citus 13.2 runs on PostgreSQL 15 to 17"));
}

}  // namespace
}  // namespace citus_init::citus
