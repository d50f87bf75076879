#include "cli/completion.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "citus_init/base/text.h"

namespace citus_init::cli {
namespace {

CompletionGrammar grammar() {
    const CompletionOption output{"--output", "how to print", true, {"table", "json"}};
    return {"citus-init",
            {{"health",
              "is this node ready? it's [one] line: why",
              {output, {"--wait", "how long", true, {}}},
              {}},
             {"check", "every problem of the settings", {output}, {}},
             {"completion", "a script for a shell", {}, {"bash", "zsh", "fish"}}},
            {{"--version", "print the version", false, {}}}};
}

// What a shell prints after it has read the script and run `commands`.
std::string printed_by(const std::string& shell, const std::string& script,
                       const std::string& commands) {
    const std::string path = testing::TempDir() + "citus_init_completion." + shell;
    std::ofstream(path) << script << commands;
    FILE* pipe = ::popen((shell + " " + path + " 2>&1").c_str(), "r");
    if (pipe == nullptr) {
        return "no pipe";
    }
    std::string text;
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        text.append(buffer.data(), count);
    }
    ::pclose(pipe);
    return text;
}

// The offers for a command line whose last word is being typed.
std::string bash_offers(const std::string& words) {
    return printed_by("bash", completion_script(Shell::bash, grammar()),
                      "COMP_WORDS=(" + words + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n" +
                          "_citus_init\necho \"${COMPREPLY[*]}\"\n");
}

TEST(Completion, BashOffersWhatFits) {
    struct Case {
        std::string words, offers;
    };
    const std::array cases{
        Case{"citus-init ''", "health check completion --version\n"},
        Case{"citus-init he", "health\n"},
        Case{"citus-init --v", "--version\n"},
        Case{"citus-init health --", "--output --wait\n"},
        Case{"citus-init health --output ''", "table json\n"},
        Case{"citus-init health --output j", "json\n"},
        Case{"citus-init health --wait ''", "\n"},
        Case{"citus-init --version check --o", "--output\n"},
        Case{"citus-init completion ''", "bash zsh fish\n"},
        Case{"citus-init nonsense ''", "\n"},
    };
    for (const auto& [words, offers] : cases) {
        EXPECT_EQ(bash_offers(words), offers) << words;
    }
}

TEST(Completion, ZshQuotesWhatItsSpecificationsWouldTakeForSyntax) {
    const std::string script = completion_script(Shell::zsh, grammar());
    EXPECT_TRUE(script.starts_with("#compdef citus-init\n"));
    EXPECT_NE(script.find(R"('health:is this node ready? it'\''s \[one\] line\: why')"),
              std::string::npos)
        << script;
    EXPECT_NE(script.find("'--output[how to print]:value:(table json)'"), std::string::npos)
        << script;
}

TEST(Completion, FishHasOneLineForEachThing) {
    const std::string script = completion_script(Shell::fish, grammar());
    EXPECT_NE(script.find(R"(-a health -d 'is this node ready? it\'s [one] line: why')"),
              std::string::npos)
        << script;
    EXPECT_NE(script.find("-l output -d 'how to print' -x -a 'table json'"), std::string::npos);
    EXPECT_NE(script.find("'__fish_seen_subcommand_from completion' -a 'bash zsh fish'"),
              std::string::npos);
    EXPECT_EQ(split(trim(script), '\n').size(), 1U + 1 + 3 + 3 + 1) << script;
}

TEST(Completion, KnowsTheShells) {
    EXPECT_EQ(parse_shell("zsh"), Shell::zsh);
    EXPECT_EQ(parse_shell("csh"), std::nullopt);
}

}  // namespace
}  // namespace citus_init::cli
