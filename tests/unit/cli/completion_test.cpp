#include "cli/completion.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "citus_init/base/text.h"

#include "cli/verb_table.h"

namespace citus_init::cli {
namespace {

// A meaning with all that a shell takes for syntax.
const std::vector<Verb> kQuoted{
    {"health",
     "is this node ready? it's [one] line: why",
     nullptr,
     {},
     {{"--output", 'o', "how to print", {ValueKind::choice, "FORMAT", {"table", "json"}}}}},
    {"agent", "not for users", nullptr, {}, {}, ServerArguments::none, Audience::child}};

// What a shell prints after it has read the script and run `commands`.
std::string printed_by(const std::string& shell, const std::string& script,
                       const std::string& commands) {
    // Tests run beside each other, each a process.
    const std::string path =
        testing::TempDir() + "citus_init_completion." + std::to_string(::getpid()) + "." + shell;
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
    ::unlink(path.c_str());
    return text;
}

// The offers for a command line whose last word is being typed.
std::string bash_offers(const std::string& words) {
    return printed_by("bash", completion_script(Shell::bash, verb_table()),
                      "COMP_WORDS=(" + words + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n" +
                          "_citus_init\necho \"${COMPREPLY[*]}\"\n");
}

TEST(Completion, BashOffersWhatFits) {
    struct Case {
        std::string words, offers;
    };
    const std::array cases{
        Case{"citus-init he", "health help\n"},
        Case{"citus-init health --", "--live --scope --wait --output\n"},
        Case{"citus-init health --scope ''", "node group cluster\n"},
        Case{"citus-init health --output j", "json\n"},
        Case{"citus-init nodes -o ''", "table json\n"},
        Case{"citus-init health --wait ''", "\n"},
        Case{"citus-init completion ''", "bash zsh fish\n"},
        Case{"citus-init nonsense ''", "\n"},
    };
    for (const auto& [words, offers] : cases) {
        EXPECT_EQ(bash_offers(words), offers) << words;
    }
}

TEST(Completion, BashOffersEachVerbOfUsersAndEachOption) {
    const std::string offered = " " + std::string(trim(bash_offers("citus-init ''"))) + " ";
    for (const Verb& verb : verb_table()) {
        const std::string name(verb.name);
        EXPECT_EQ(offered.find(" " + name + " ") != std::string::npos,
                  verb.audience == Audience::users)
            << name;
        if (verb.audience == Audience::users && !verb.options.empty()) {
            const std::string options = bash_offers("citus-init " + name + " -");
            for (const Option& option : verb.options) {
                EXPECT_NE((" " + options).find(" " + std::string(option.name)), std::string::npos)
                    << name << ": " << options;
            }
        }
    }
}

TEST(Completion, ZshQuotesWhatItsSpecificationsWouldTakeForSyntax) {
    const std::string script = completion_script(Shell::zsh, kQuoted);
    EXPECT_TRUE(script.starts_with("#compdef citus-init\n"));
    EXPECT_NE(script.find(R"('health:is this node ready? it'\''s \[one\] line\: why')"),
              std::string::npos)
        << script;
    EXPECT_NE(script.find("'--output[how to print]:value:(table json)'"), std::string::npos)
        << script;
}

TEST(Completion, FishHasOneLineForEachThing) {
    const std::string script = completion_script(Shell::fish, kQuoted);
    EXPECT_NE(script.find(R"(-a health -d 'is this node ready? it\'s [one] line: why')"),
              std::string::npos)
        << script;
    EXPECT_NE(script.find("-l output -s o -d 'how to print' -x -a 'table json'"),
              std::string::npos);
    EXPECT_EQ(split(trim(script), '\n').size(), 1U + 1 + 1) << script;
    EXPECT_NE(completion_script(Shell::fish, verb_table())
                  .find("'__fish_seen_subcommand_from completion' -a 'bash zsh fish'"),
              std::string::npos);
}

TEST(Completion, KnowsTheShells) {
    EXPECT_EQ(parse_shell("zsh"), Shell::zsh);
    EXPECT_EQ(parse_shell("csh"), std::nullopt);
}

}  // namespace
}  // namespace citus_init::cli
