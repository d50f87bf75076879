#include "citus_init/render/conf_parser.h"

#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "citus_init/base/text.h"

#include "support/fake_filesystem.h"

namespace citus_init::render {
namespace {

using citus_init::test::FakeFilesystem;

// What PostgreSQL 15 answered in pg_file_settings for a file of that one line; nothing where it
// said "syntax error".
struct Line {
    const char* text;
    std::optional<std::string> value;
};

class ConfLine : public ::testing::TestWithParam<Line> {};

TEST_P(ConfLine, IsReadAsPostgresqlReadsIt) {
    const auto parsed = parse_conf_text(GetParam().text, "/conf", FakeFilesystem());
    if (GetParam().value) {
        ASSERT_EQ(parsed.errors.size(), 0u) << parsed.errors[0].reason;
        ASSERT_EQ(parsed.entries.size(), 1u);
        EXPECT_EQ(parsed.entries[0].value, *GetParam().value);
    } else {
        EXPECT_EQ(parsed.errors.size(), 1u);
        EXPECT_EQ(parsed.entries.size(), 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Postgresql15, ConfLine,
    ::testing::Values(Line{"a = a.b", {}}, Line{"a = a.b.c", "a.b.c"}, Line{"a = a-b", "a-b"},
                      Line{"a.b.c = 1", {}}, Line{"work_mem 1.5MB", {}},
                      Line{"work_mem '1.5MB'", "1.5MB"}, Line{"search_path = foo bar", {}},
                      Line{"search_path foo", "foo"}, Line{"port=0x1F4aMB", "0x1F4aMB"},
                      Line{"a = 'x\\101y''z\\'q\\n'", "xAy'z'q\n"}, Line{"a='unterminated", {}},
                      Line{"a = 1e5", {}}, Line{"a = 1.e5", "1.e5"}, Line{"a = +5", "+5"},
                      Line{"a = .5", ".5"}, Line{"a = -", {}}, Line{"f.b == 3", {}},
                      Line{"f.b='x' # c", "x"}, Line{"f.b='x'# c", "x"}, Line{"f.b=1#c", "1"},
                      Line{"f.b=a#c", "a"}, Line{"include ''", {}}, Line{"f.b = 'a\\", {}},
                      Line{"f.b='a' 'b'", {}}, Line{"f.b=0x", "0x"}, Line{"f.b=0xg", "0xg"},
                      Line{"f.b=12ab_", {}}, Line{"f.b=ab:c/d.e-f", "ab:c/d.e-f"},
                      Line{"f.b=/tmp/x", {}}, Line{"f.b=\xc3\xa9", "\xc3\xa9"},
                      Line{"f.\xc3\xa9 = 1", "1"}, Line{"=1", {}}, Line{"f.b", {}},
                      Line{"f.b=", {}}, Line{"f.b='a'b", {}}, Line{"f.b='a\\0'", "a"},
                      Line{"f.b=-5.5e3x", {}}, Line{"f.b=1.5GB", {}}, Line{"f.b=0x1.5", {}},
                      Line{"f.b = 08", "08"}, Line{"f.b=1e5.3", {}}, Line{"f.b=5-3", {}},
                      Line{"f.b=a$b", {}}, Line{"f$x.b=1", {}}));

TEST(PostgresqlConf, HasFileAndLineOfEveryEntry) {
    FakeFilesystem files;
    files.add_file("/data/postgresql.conf",
                   "# comment\nport = 5433\n\ninclude 'extra.conf'\r\nwork_mem='4MB'");
    files.add_file("/data/extra.conf", "fsync off\n");
    const auto parsed = parse_conf_file("/data/postgresql.conf", files);
    EXPECT_TRUE(parsed.errors.empty());
    EXPECT_EQ(parsed.entries,
              (std::vector<ConfEntry>{{"port", "5433", "/data/postgresql.conf", 2},
                                      {"fsync", "off", "/data/extra.conf", 1},
                                      {"work_mem", "4MB", "/data/postgresql.conf", 5}}));
}

TEST(PostgresqlConf, GoesOnBehindASyntaxError) {
    const auto parsed = parse_conf_text("a = = 1\nb = 2 3\nc = 4", "/conf", FakeFilesystem());
    ASSERT_EQ(parsed.errors.size(), 2u);
    EXPECT_EQ(parsed.errors[0].line, 1);
    EXPECT_EQ(parsed.errors[0].reason, "syntax error near \"=\"");
    EXPECT_EQ(parsed.errors[1].line, 2);
    ASSERT_EQ(parsed.entries.size(), 1u);
    EXPECT_EQ(parsed.entries[0].line, 3);
}

TEST(PostgresqlConf, IncludesADirectoryInByteOrderWithoutHiddenAndOtherFiles) {
    FakeFilesystem files;
    files.add_file("/data/conf.d/b.conf", "a = 2");
    files.add_file("/data/conf.d/B.conf", "a = 1");
    files.add_file("/data/conf.d/.x.conf", "a = 3");
    files.add_file("/data/conf.d/c.conf.off", "a = 4");
    files.add_file("/data/conf.d/d.conf/inside", "a = 5");
    const auto parsed = parse_conf_text("INCLUDE_DIR = 'conf.d'", "/data/p.conf", files);
    EXPECT_TRUE(parsed.errors.empty());
    ASSERT_EQ(parsed.entries.size(), 2u);
    EXPECT_EQ(parsed.entries[0].value, "1");
    EXPECT_EQ(parsed.entries[1].value, "2");
}

TEST(PostgresqlConf, MissesOnlyWhatMustExist) {
    const FakeFilesystem files;
    EXPECT_TRUE(parse_conf_text("include_if_exists 'no'", "/p.conf", files).errors.empty());
    EXPECT_EQ(parse_conf_text("include 'no'", "/p.conf", files).errors.size(), 1u);
    EXPECT_EQ(parse_conf_text("include_dir 'no'", "/p.conf", files).errors.size(), 1u);
    EXPECT_EQ(parse_conf_file("/no.conf", files).errors.size(), 1u);
}

TEST(PostgresqlConf, StopsAtEndlessIncludes) {
    FakeFilesystem files;
    files.add_file("/a.conf", "include 'b.conf'");
    files.add_file("/b.conf", "include 'a.conf'");
    files.add_file("/self.conf", "include 'self.conf'");
    EXPECT_EQ(parse_conf_file("/a.conf", files).errors.size(), 1u);
    EXPECT_EQ(parse_conf_file("/self.conf", files).errors.size(), 1u);
}

TEST(QuoteConfValue, SurvivesTheWayThereAndBack) {
    EXPECT_TRUE(rc::check([] {
        const auto value = *rc::gen::container<std::string>(rc::gen::distinctFrom('\0'));
        const auto parsed =
            parse_conf_text("a = " + quote_conf_value(value), "/conf", FakeFilesystem());
        RC_ASSERT(parsed.errors.empty());
        RC_ASSERT(parsed.entries.size() == 1u);
        RC_ASSERT(parsed.entries[0].value == value);
    }));
}

TEST(QuoteConfValue, NeverLeavesItsLine) {
    EXPECT_EQ(quote_conf_value("a'b\\c\nd"), "'a''b\\\\c\\nd'");
}

TEST(IsConfName, TakesWhatOneLineCanHold) {
    EXPECT_TRUE(is_conf_name("work_mem"));
    EXPECT_TRUE(is_conf_name("citus.shard_count"));
    for (const char* name :
         {"", "a.b.c", "a b", "a\nb", "1a", "a=b", "include", "Include_Dir", "#a"}) {
        EXPECT_FALSE(is_conf_name(name)) << name;
    }
}

}  // namespace
}  // namespace citus_init::render
