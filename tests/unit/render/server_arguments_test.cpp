#include "citus_init/render/server_arguments.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::render {
namespace {

using Words = std::vector<std::string>;

ServerArguments parsed(const Words& words) {
    auto result = parse_server_arguments(words, "/app");
    EXPECT_TRUE(result) << result.error()[0].text();
    return result ? *result : ServerArguments{};
}

// Of the last setting of that name, which wins.
std::string value_of(const ServerArguments& arguments, const std::string& name) {
    std::string value = "not set";
    for (const auto& [each, given] : arguments.settings) {
        value = each == name ? given.value : value;
    }
    return value;
}

std::vector<settings::Problem> refused(const Words& words) {
    auto result = parse_server_arguments(words, "/app");
    EXPECT_FALSE(result);
    return result ? std::vector<settings::Problem>{} : result.error();
}

TEST(ServerArguments, TakesEverySpellingOfAnAssignment) {
    for (const Words& words : {Words{"-c", "work_mem=8MB"}, Words{"-cwork_mem=8MB"},
                               Words{"--work-mem=8MB"}, Words{"-c", "Work-Mem=8MB"}}) {
        EXPECT_EQ(value_of(parsed(words), "work_mem"), "8MB") << words[0];
    }
    EXPECT_EQ(value_of(parsed({"-c", "a=b=c"}), "a"), "b=c");
    EXPECT_EQ(value_of(parsed({"-c", "a="}), "a"), "");
}

TEST(ServerArguments, TakesTheLetters) {
    struct Case {
        Words words;
        std::string name;
        std::string value;
        std::string argument;
    };
    const std::vector<Case> table{{{"-p", "5433"}, "port", "5433", "-p 5433"},
                                  {{"-p5433"}, "port", "5433", "-p 5433"},
                                  {{"-h", "*"}, "listen_addresses", "*", "-h *"},
                                  {{"-k", "/s"}, "unix_socket_directories", "/s", "-k /s"},
                                  {{"-B", "16MB"}, "shared_buffers", "16MB", "-B 16MB"},
                                  {{"-N", "50"}, "max_connections", "50", "-N 50"},
                                  {{"-S", "4096"}, "work_mem", "4096", "-S 4096"},
                                  {{"-F"}, "fsync", "false", "-F"},
                                  {{"-i"}, "listen_addresses", "*", "-i"},
                                  {{"-l"}, "ssl", "true", "-l"},
                                  {{"-e"}, "datestyle", "euro", "-e"},
                                  {{"-fs"}, "enable_seqscan", "false", "-f s"},
                                  {{"-t", "pl"}, "log_planner_stats", "true", "-t pl"},
                                  {{"-s"}, "log_statement_stats", "true", "-s"}};
    for (const auto& [words, name, value, argument] : table) {
        const auto arguments = parsed(words);
        ASSERT_EQ(arguments.settings.size(), 1u) << words[0];
        EXPECT_EQ(arguments.settings[0].first, name);
        EXPECT_EQ(arguments.settings[0].second,
                  (LayeredValue{Layer::command_line, value, argument}));
    }
    EXPECT_EQ(parsed({"-d", "2"}).settings.size(), 4u);
    EXPECT_EQ(value_of(parsed({"-d", "0"}), "log_min_messages"), "notice");
}

TEST(ServerArguments, TakesLettersInOneWord) {
    const auto arguments = parsed({"-Fip", "5433"});
    EXPECT_EQ(arguments.words, (Words{"-F", "-i", "-p", "5433"}));
}

TEST(ServerArguments, LetsTheLastOfOneNameWin) {
    EXPECT_EQ(value_of(parsed({"-p", "1", "-c", "port=2"}), "port"), "2");
    EXPECT_EQ(value_of(parsed({"-c", "port=2", "-p", "1"}), "port"), "1");
}

TEST(ServerArguments, TakesOutWhatIsOursToGive) {
    const auto arguments = parsed({"-D", "/data/pg/", "-c", "config_file=my.conf", "-C", "port",
                                   "-c", "fsync=off", "--data_directory=/data/./pg"});
    EXPECT_EQ(arguments.words, (Words{"-c", "fsync=off"}));
    EXPECT_EQ(arguments.config_file, "/app/my.conf");
    EXPECT_EQ(arguments.print_setting, "port");
}

TEST(ServerArguments, TakesTheDataDirectory) {
    for (const Words& words :
         {Words{"-D", "/else"}, Words{"-D/else/"}, Words{"-c", "data_directory=/else"},
          Words{"--data-directory=/x/../else"}, Words{"-D", "../else"},
          Words{"-D", "/first", "-D", "/else"}}) {
        EXPECT_EQ(parsed(words).data_directory, "/else") << words[0];
    }
    EXPECT_EQ(parsed({"-p", "1"}).data_directory, "");
    EXPECT_EQ(refused({"-D", "", "-c", "data_directory="}).size(), 2u);
}

TEST(ServerArguments, ReportsAllProblemsAtOnce) {
    EXPECT_EQ(refused({"-c", "work_mem", "-z", "word", "-D", "", "-f", "q", "-p"}).size(), 6u);
    EXPECT_EQ(refused({"--", "x"}).size(), 1u);
    EXPECT_EQ(parsed({"-F", "--"}).words, Words{"-F"});
}

TEST(ServerArguments, MeanTheSameWhenPassedOn) {
    EXPECT_TRUE(rc::check([] {
        const auto value = *rc::gen::string<std::string>();
        const Words words{"-c", "a.b=" + value, "-Fp" + value + "1", "--c-d=" + value};
        const auto once = parse_server_arguments(words, "/");
        RC_ASSERT(once.has_value());
        const auto twice = parse_server_arguments(once->words, "/");
        RC_ASSERT(twice.has_value());
        RC_ASSERT(once->settings == twice->settings);
        RC_ASSERT(once->words == twice->words);
    }));
}

}  // namespace
}  // namespace citus_init::render
