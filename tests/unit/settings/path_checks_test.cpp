#include <ostream>
#include <string>
#include <vector>

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Row {
    Environment environment;
    std::vector<std::string> problems;  // a part of each, in order
};

void PrintTo(const Row& row, std::ostream* out) {
    for (const auto& [variable, value] : row.environment) {
        *out << variable << "=" << shown(value) << " ";
    }
}

class Paths : public testing::TestWithParam<Row> {};

TEST_P(Paths, AreRefusedBeforeAnythingIsMade) {
    const auto& [environment, parts] = GetParam();
    std::vector<testing::Matcher<std::string>> expected;
    for (const auto& part : parts) {
        expected.push_back(HasSubstr(part));
    }
    EXPECT_THAT(load(environment).problems, testing::ElementsAreArray(expected));
}

constexpr const char* kSystem = "is a directory of the system";
constexpr const char* kControl = "contains a line break or another control character";

INSTANTIATE_TEST_SUITE_P(
    Table, Paths,
    testing::Values(
        Row{{{"PGDATA", "/"}}, {kSystem}}, Row{{{"PGDATA", "//"}}, {kSystem}},
        Row{{{"PGDATA", "/var/lib/../"}}, {kSystem}}, Row{{{"PGDATA", "/etc/"}}, {kSystem}},
        Row{{{"PGDATA", "/proc/self/cwd"}}, {kSystem}}, Row{{{"PGDATA", "/dev/pts"}}, {kSystem}},
        Row{{{"PGDATA", "/dev/shm"}}, {kSystem}}, Row{{{"PGDATA", "/dev/shm/data"}}, {}},
        Row{{{"PGDATA", "/data"}}, {}}, Row{{{"PGDATA", "/var/lib/postgresql"}}, {}},
        Row{{{"PGDATA", "/tmp/x"}}, {}}, Row{{{"PGDATA", "/srv/data"}}, {}},
        Row{{{"PGDATA", "/a\nb"}}, {kControl}}, Row{{{"PGDATA", "/a\x7f"}}, {kControl}},
        Row{{{"PGDATA", "/caf\xe9"}}, {"PGDATA: \"/caf\\xe9\" is not UTF-8"}},
        Row{{{"PGDATA", "/caf\xc3\xa9"}}, {}},
        Row{{{"PGDATA", "/" + std::string(5'000, 'x')}}, {"is longer than a path may be"}},
        Row{{{"POSTGRES_INITDB_WALDIR", "/usr"}}, {kSystem}},
        Row{{{"POSTGRES_INITDB_WALDIR", "/data/wal"}}, {"lie within each other"}},
        Row{{{"PGDATA", "/volume/data"}, {"POSTGRES_INITDB_WALDIR", "/volume"}},
            {"lie within each other"}},
        Row{{{"PGDATA", "/volume/data"}, {"POSTGRES_INITDB_WALDIR", "/volume/wal"}}, {}},
        Row{{{"CITUS_RUN_DIR", "/data"}}, {"CITUS_RUN_DIR: \"/data\" is the same as the data"}},
        Row{{{"CITUS_RUN_DIR", "/data/"}}, {"is the same as the data"}},
        Row{{{"CITUS_RUN_DIR", "/x/../data/./run"}}, {"is within the data directory \"/data\""}},
        Row{{{"CITUS_RUN_DIR", "/database"}}, {}},
        Row{{{"PGDATA", "/run/pg/citus_init"}, {"CITUS_RUN_DIR", "/run/pg"}},
            {"PGDATA: \"/run/pg/citus_init\" is where the node's key"}},
        Row{{{"PGDATA", "/run/pg/data"}, {"CITUS_RUN_DIR", "/run/pg"}}, {}},
        // One problem for one mistake.
        Row{{{"CITUS_RUN_DIR", "data"}}, {"is not an absolute path"}},
        Row{{{"CITUS_RUN_DIR", "/r\n"}}, {kControl}},
        Row{{{"CITUS_TLS_CA_PATH", "/r\r"},
             {"CITUS_TLS_CERT_PATH", "/c"},
             {"CITUS_TLS_KEY_PATH", "/k"}},
            {kControl}}));

TEST(Paths, MayNotBeFiles) {
    test::FakeFilesystem files;
    files.add_file("/run/file", "");
    for (const char* name : {"PGDATA", "CITUS_RUN_DIR", "POSTGRES_INITDB_WALDIR"}) {
        EXPECT_THAT(load({{name, "/run/file"}}, files).problems,
                    ElementsAre(std::string(name) +
                                ": \"/run/file\" is not a directory. Set it to a directory, or to "
                                "a path that does not exist yet."));
    }
}

TEST(Paths, AreComparedWhereLinksLead) {
    test::FakeFilesystem files;
    files.add_directory("/data");
    files.add_directory("/etc");
    files.add_link_to_directory("/volume", "/data");
    files.add_link_to_directory("/settings", "/etc");
    const auto problems = [&files](const Environment& environment) {
        return load(environment, files).problems;
    };
    EXPECT_THAT(problems({{"CITUS_RUN_DIR", "/volume/run"}}),
                ElementsAre("CITUS_RUN_DIR: \"/volume/run\" is within the data directory "
                            "\"/data\", which initdb wants empty and base backups copy (it leads "
                            "to \"/data/run\" by a symbolic link). Choose a directory outside of "
                            "it, in memory if possible."));
    EXPECT_THAT(problems({{"CITUS_RUN_DIR", "/volume"}}), ElementsAre(HasSubstr("is the same as")));
    EXPECT_THAT(problems({{"PGDATA", "/volume"}, {"CITUS_RUN_DIR", "/data/run"}}),
                ElementsAre(HasSubstr("is within the data directory \"/volume\"")));
    EXPECT_THAT(problems({{"POSTGRES_INITDB_WALDIR", "/volume/wal"}}),
                ElementsAre(HasSubstr("lie within each other")));
    EXPECT_THAT(problems({{"PGDATA", "/settings"}}), ElementsAre(HasSubstr(kSystem)));
    EXPECT_THAT(problems({{"PGDATA", "/volume"}}), IsEmpty());
    EXPECT_THAT(problems({{"PGDATA", "/settings/postgresql"}}), IsEmpty());
}

TEST(Names, AreUtf8WithoutControlCharacters) {
    for (const char* name : {"POSTGRES_USER", "POSTGRES_DB", "CITUS_DATABASE"}) {
        EXPECT_THAT(load({{name, "caf\xe9"}}).problems,
                    ElementsAre(std::string(name) +
                                ": \"caf\\xe9\" is not UTF-8. Write it in UTF-8, best in ASCII."));
        for (const char* text : {"a\nb", "a\tb", "\x7f"}) {
            EXPECT_THAT(load({{name, text}}).problems, ElementsAre(HasSubstr(kControl)));
        }
        for (const char* text : {"caf\xc3\xa9", "a b", "a'b\"c\\d$e", "template", "-x"}) {
            EXPECT_THAT(load({{name, text}}).problems, IsEmpty()) << text;
        }
    }
}

}  // namespace
}  // namespace citus_init::settings
