#include "cluster_template/origin.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::cluster_template {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Lookup environment(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    };
}

TEST(LocaleNames, FollowSetlocale) {
    const auto of = [](std::map<std::string, std::string> variables, const char* category) {
        return locale_names(environment(std::move(variables))).at(category);
    };
    EXPECT_EQ(of({}, "LC_COLLATE"), "C");
    EXPECT_EQ(of({{"LANG", "de_AT.utf8"}}, "LC_COLLATE"), "de_AT.utf8");
    EXPECT_EQ(of({{"LANG", "de_AT.utf8"}, {"LC_COLLATE", "POSIX"}}, "LC_COLLATE"), "C");
    EXPECT_EQ(of({{"LANG", "de_AT.utf8"}, {"LC_COLLATE", "POSIX"}}, "LC_TIME"), "de_AT.utf8");
    EXPECT_EQ(of({{"LC_ALL", "C.UTF-8"}, {"LC_COLLATE", "x"}}, "LC_COLLATE"), "C.UTF-8");
    EXPECT_EQ(of({{"LC_ALL", ""}, {"LANG", "C.UTF-8"}}, "LC_COLLATE"), "C.UTF-8");
}

TEST(LastingArguments, AreThoseThatLeaveATrace) {
    EXPECT_THAT(lasting_arguments({"--no-sync", "--encoding=UTF8", "-N", "--no-instructions"}),
                ElementsAre("--encoding=UTF8"));
}

Origin usual() {
    return {{"--data-checksums"},
            {{"LC_COLLATE", "C.UTF-8"}, {"LC_CTYPE", "C.UTF-8"}},
            "none",
            "libc 2.36",
            "C.utf8",
            {{"initdb", {1, 1}}, {"postgres", {2, 2}}},
            {{"citus.so", {3, 3}}, {"citus.control", {4, 4}}}};
}

TEST(Difference, IsNoneBetweenEqualsAndWhereCitusIsNotAskedFor) {
    EXPECT_EQ(difference(usual(), usual()), "");
    Origin plain = usual();
    plain.citus_files.clear();
    EXPECT_EQ(difference(usual(), plain), "");
}

TEST(Difference, NamesWhatDoesNotFit) {
    struct Row {
        void (*change)(Origin& wished);
        const char* words;
    };
    for (const Row& row : {
             Row{[](Origin& o) { o.initdb_arguments.clear(); }, "POSTGRES_INITDB_ARGS is \"\""},
             Row{[](Origin& o) { o.locale["LC_CTYPE"] = "C"; }, "LC_CTYPE is \"C\""},
             Row{[](Origin& o) { o.time_zone = "TZ=UTC"; }, "time zone"},
             Row{[](Origin& o) { o.c_library = "libc 2.41"; }, "libc 2.41"},
             Row{[](Origin& o) { o.installed_locales = ""; }, "locales"},
             Row{[](Origin& o) { o.server_files["postgres"].crc = 9; }, "\"postgres\""},
             Row{[](Origin& o) { o.citus_files["citus.so"].size = 9; }, "\"citus.so\""},
             Row{[](Origin& o) { o.citus_files.erase("citus.control"); }, "\"citus.control\""},
             Row{[](Origin& o) { o.citus_files["citus--14.sql"] = {}; }, "\"citus--14.sql\""},
         }) {
        Origin wished = usual();
        row.change(wished);
        EXPECT_THAT(difference(usual(), wished), HasSubstr(row.words));
    }
    Origin made = usual();
    made.citus_files.clear();
    EXPECT_THAT(difference(made, usual()), HasSubstr("without Citus"));
}

}  // namespace
}  // namespace citus_init::cluster_template
