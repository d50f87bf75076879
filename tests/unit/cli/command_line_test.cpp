#include "citus_init/cli/command_line.h"

#include <gtest/gtest.h>

namespace citus_init::cli {
namespace {

using Words = std::vector<std::string>;

// "server: a b", "command: a b", "verb: a b"
std::string parsed(Words words, const std::string& program = "citus-init") {
    words.insert(words.begin(), program);
    struct Text {
        static std::string joined(const char* kind, const Words& rest) {
            std::string text = kind;
            for (const auto& word : rest) {
                text += " " + word;
            }
            return text;
        }
        std::string operator()(const RunServer& run) {
            return joined("server:", run.server_arguments);
        }
        std::string operator()(const RunCommand& run) { return joined("command:", run.arguments); }
        std::string operator()(const RunVerb& run) { return joined("verb:", run.arguments); }
    };
    return std::visit(Text{}, parse_command_line(words));
}

TEST(CommandLine, MeansTheServerForPostgresAndForALeadingDash) {
    EXPECT_EQ(parsed({"postgres"}), "server:");
    EXPECT_EQ(parsed({"postgres", "-c", "fsync=off"}), "server: -c fsync=off");
    EXPECT_EQ(parsed({"-c", "fsync=off"}), "server: -c fsync=off");
    EXPECT_EQ(parsed({}), "server:");
    EXPECT_EQ(parsed({"run"}), "server:");
    EXPECT_EQ(parsed({"run", "postgres", "-N", "5"}), "server: -N 5");
    EXPECT_EQ(parsed({"run", "--", "postgres"}), "server:");
    EXPECT_EQ(parsed({"-C", "port"}), "server: -C port");
}

TEST(CommandLine, RunsAnythingElseAsItIs) {
    EXPECT_EQ(parsed({"bash", "-l"}), "command: bash -l");
    EXPECT_EQ(parsed({"/usr/lib/postgresql/15/bin/postgres"}),
              "command: /usr/lib/postgresql/15/bin/postgres");
    EXPECT_EQ(parsed({"ls", "-l", "/"}), "command: ls -l /");
    EXPECT_EQ(parsed({""}), "command: ");
}

TEST(CommandLine, PassesARequestForHelpToTheServersProgram) {
    EXPECT_EQ(parsed({"--version"}), "command: postgres --version");
    EXPECT_EQ(parsed({"postgres", "-c", "x=y", "-?"}), "command: postgres -c x=y -?");
    EXPECT_EQ(parsed({"--describe-config"}), "command: postgres --describe-config");
}

TEST(CommandLine, HasHelpOfItsOwn) {
    EXPECT_EQ(parsed({"--help"}), "verb: help");
    EXPECT_EQ(parsed({"-h"}), "verb: help");
    EXPECT_EQ(parsed({"postgres", "--help"}), "command: postgres --help");
    EXPECT_EQ(parsed({"-h", "0.0.0.0"}), "server: -h 0.0.0.0");
}

TEST(CommandLine, KnowsTheVerbThatWasMeant) {
    EXPECT_EQ(nearest_verb("helth"), "health");
    EXPECT_EQ(nearest_verb("statsu"), "status");
    EXPECT_EQ(nearest_verb("ensure-initb"), "ensure-initdb");
    EXPECT_EQ(nearest_verb("bash"), std::nullopt);
    EXPECT_EQ(nearest_verb("no-such-command"), std::nullopt);
}

TEST(CommandLine, KnowsItsVerbsButNotBehindTwoDashes) {
    EXPECT_EQ(parsed({"health", "--wait", "60s"}), "verb: health --wait 60s");
    EXPECT_EQ(parsed({"--", "health"}), "command: health");
    EXPECT_EQ(parsed({"run", "health"}), "command: health");
}

TEST(CommandLine, HasNoVerbsUnderTheOfficialName) {
    EXPECT_EQ(parsed({"check"}, "/usr/local/bin/docker-entrypoint.sh"), "command: check");
    EXPECT_EQ(parsed({"postgres"}, "docker-entrypoint.sh"), "server:");
}

}  // namespace
}  // namespace citus_init::cli
