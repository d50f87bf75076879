#include "cli/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/verb_table.h"

namespace citus_init::cli {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

const settings::Environment kEnvironment;

tl::expected<Arguments, NotRun> parsed(const char* verb, const Words& words) {
    return parse_arguments(*find_verb(verb), words, kEnvironment);
}

// Words that satisfy what the verb needs.
Words operands_of(const Verb& verb) {
    Words words;
    for (const Operand& operand : verb.operands) {
        words.emplace_back(operand.value.kind == ValueKind::count    ? "3"
                           : operand.value.kind == ValueKind::choice ? operand.value.choices.front()
                                                                     : "w1");
    }
    return words;
}

Words joined(Words first, const Words& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// Every option of every verb that is parsed.
template <typename Check>
void for_each_option(Check check) {
    for (const Verb& verb : verb_table()) {
        if (verb.audience != Audience::child) {
            for (const Option& option : verb.options) {
                SCOPED_TRACE(std::string(verb.name) + " " + std::string(option.name));
                check(verb, option, std::string(option.name));
            }
        }
    }
}

std::string good_value(const Option& option) {
    return option.value.kind == ValueKind::choice ? std::string(option.value.choices.front())
                                                  : "90s";
}

TEST(Parser, TakesEachOptionOfEachVerb) {
    for_each_option([](const Verb& verb, const Option& option, const std::string& name) {
        const bool is_flag = option.value.kind == ValueKind::none;
        const Words words = is_flag ? Words{name} : Words{name, good_value(option)};
        const auto arguments =
            parse_arguments(verb, joined(operands_of(verb), words), kEnvironment);
        ASSERT_TRUE(arguments) << arguments.error().text;
        EXPECT_TRUE(arguments->has(name));
        EXPECT_EQ(arguments->text(name), is_flag ? "on" : good_value(option));
        if (option.letter != 0) {
            const std::string letter = std::string("-") + option.letter;
            const auto same = parse_arguments(
                verb, joined(operands_of(verb), is_flag ? Words{letter} : Words{letter, words[1]}),
                kEnvironment);
            ASSERT_TRUE(same) << same.error().text;
            EXPECT_EQ(same->text(name), arguments->text(name));
        }
    });
}

// In the user's terms: neither types nor ranges of the library that parses.
TEST(Parser, RefusesWrongValuesOfEachOptionInItsOwnWords) {
    for_each_option([](const Verb& verb, const Option& option, const std::string& name) {
        const auto reason = [&](const Words& words) {
            const auto arguments =
                parse_arguments(verb, joined(operands_of(verb), words), kEnvironment);
            return arguments ? "taken" : arguments.error().text;
        };
        if (option.value.kind == ValueKind::none) {
            EXPECT_EQ(reason({name + "=1"}), name + " takes no value");
            return;
        }
        EXPECT_EQ(reason({name}), name + " is to be given once, with one value");
        EXPECT_EQ(reason({name, good_value(option), name, good_value(option)}),
                  name + " is to be given once, with one value");
        if (option.value.kind == ValueKind::text) {
            return;  // the verb knows better
        }
        EXPECT_THAT(reason({name, "5y"}), HasSubstr(name + ": \"5y\" is not " +
                                                    (option.value.kind == ValueKind::choice
                                                         ? std::string(option.value.choices.front())
                                                         : "a duration")));
    });
}

TEST(Parser, RefusesWhatAVerbDoesNotTake) {
    for (const Verb& verb : verb_table()) {
        if (verb.audience == Audience::child || verb.server_arguments == ServerArguments::bare) {
            continue;
        }
        for (const char* extra : {"--no-such-option", "-q", "extra"}) {
            const auto arguments =
                parse_arguments(verb, joined(operands_of(verb), {extra}), kEnvironment);
            ASSERT_FALSE(arguments) << verb.name;
            EXPECT_EQ(arguments.error().text, std::string(verb.name) + " does not take " + extra);
        }
        if (!verb.operands.empty() && !verb.operands.front().optional) {
            EXPECT_EQ(
                parse_arguments(verb, {}, kEnvironment).error().text,
                std::string(verb.name) + " needs " + std::string(verb.operands.front().value.name));
        }
    }
    EXPECT_EQ(parsed("scale", {"0"}).error().text,
              "WORKERS: \"0\" is not a whole number from 1 to 100000");
    EXPECT_EQ(parsed("remove", {""}).error().text, "NODE: is empty");
}

TEST(Parser, ReportsEveryWrongWordAtOnce) {
    EXPECT_EQ(
        parsed("health", {"--wait", "5y", "--scope", "x", "a", "b"}).error().text,
        "--scope: \"x\" is not node, group or cluster; --wait: \"5y\" is not a duration. Write a "
        "number and one of ms, s, min, h, d, at most 365d; health does not take a, b");
    EXPECT_EQ(parsed("scale", {"0", "--detach=x", "--no-such", "--wait"}).error().text,
              "--detach takes no value; --wait is to be given once, with one value; WORKERS: \"0\" "
              "is not a whole number from 1 to 100000; scale does not take --no-such");
    EXPECT_EQ(parsed("remove", {"--wait", "-Z"}).error().text,
              "remove needs NODE; remove does not take --wait, -Z");
    EXPECT_THAT(parsed("nodes", Words(20'000, "x")).error().text,
                HasSubstr("nodes does not take x, x, x, x, x and 19995 more"));
    EXPECT_TRUE(parsed("health", {"--wait", "5y", "--help"}).error().is_help);
}

TEST(Parser, GivesTheServerWhatIsItsOwn) {
    EXPECT_EQ(parsed("check", {"--", "-c", "work_mem=5MB"})->server_arguments,
              Words({"-c", "work_mem=5MB"}));
    EXPECT_EQ(parsed("explain", {"work_mem", "postgres", "-N", "5"})->server_arguments,
              Words({"-N", "5"}));
    EXPECT_EQ(parsed("ensure-initdb", {"-c", "work_mem=5MB"})->server_arguments,
              Words({"-c", "work_mem=5MB"}));
    EXPECT_EQ(parsed("ensure-initdb", {"--", "postgres", "-F"})->server_arguments, Words({"-F"}));
    EXPECT_FALSE(parsed("nodes", {"--", "-c", "work_mem=5MB"}));
}

TEST(Parser, ReadsNumbers) {
    const auto scale = parsed("scale", {"3", "--wait", "2min"});
    EXPECT_EQ(scale->count("WORKERS"), 3);
    EXPECT_EQ(scale->duration("--wait", std::chrono::hours(1)), std::chrono::minutes(2));
    EXPECT_EQ(parsed("health", {"--wait", "60"})->duration("--wait", {}), std::chrono::minutes(1));
    EXPECT_EQ(parsed("health", {})->duration("--wait", std::chrono::hours(1)),
              std::chrono::hours(1));
}

TEST(Parser, LeavesTheWordsOfAChildAsTheyAre) {
    EXPECT_EQ(parsed("agent", {"--socket-dir", "/run", "--help"})->words,
              Words({"--socket-dir", "/run", "--help"}));
}

TEST(Parser, HelpsWithEachVerb) {
    for (const Verb& verb : verb_table()) {
        if (verb.audience == Audience::users) {
            const auto help = parse_arguments(verb, {"--help"}, kEnvironment);
            ASSERT_FALSE(help);
            EXPECT_TRUE(help.error().is_help);
            EXPECT_THAT(help.error().text,
                        HasSubstr("Usage: citus-init " + std::string(verb.name)));
            for (const char* inside : {"TEXT", "REQUIRED", " INT", "{", "SUBCOMMAND"}) {
                EXPECT_EQ(help.error().text.find(inside), std::string::npos) << help.error().text;
            }
        }
    }
    EXPECT_THAT(help_text(verb_table()), HasSubstr("  health  "));
    EXPECT_EQ(help_text(verb_table()).find("relay-log"), std::string::npos);
}

}  // namespace
}  // namespace citus_init::cli
