#include "cli/verb_table.h"

#include <set>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"

namespace citus_init::cli {
namespace {

TEST(VerbTable, HasEachNameOnce) {
    std::set<std::string_view> names;
    for (const Verb& verb : verb_table()) {
        EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
        EXPECT_EQ(find_verb(verb.name), &verb);
        EXPECT_FALSE(verb.meaning.empty()) << verb.name;
    }
    EXPECT_EQ(find_verb("no-such-verb"), nullptr);
}

std::string alternatives(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) {
        text += fmt::format("{}*{}*", text.empty() ? "" : "|", word);
    }
    return text;
}

std::string shown(const Value& value) {
    return value.choices.empty() ? fmt::format("_{}_", value.name) : alternatives(value.choices);
}

// As scdoc has it: "*health* [*--live*] [*--scope* *node*|*group*|*cluster*]".
std::string heading_of(const Verb& verb) {
    std::string text = fmt::format("*{}*", verb.name);
    for (const Operand& operand : verb.operands) {
        text += operand.optional ? " [" + shown(operand.value) + "]" : " " + shown(operand.value);
    }
    for (const Option& option : verb.options) {
        text += " [";
        text += option.letter == 0 ? "" : fmt::format("*-{}*|", option.letter);
        text += fmt::format("*{}*", option.name);
        text += option.value.kind == ValueKind::none ? "]" : " " + shown(option.value) + "]";
    }
    return text;
}

// The headings of the manual's verbs. "*version*, *help*" is two.
std::set<std::string> headings_of_the_manual() {
    const auto manual = RealFilesystem().read(CITUS_INIT_SOURCE_DIR "/docs/citus-init.8.scd");
    const auto begin = manual->find("\n# VERBS");
    std::set<std::string> headings;
    for (const auto& paragraph :
         split(manual->substr(begin, manual->find("\n# SIGNALS") - begin), '\n')) {
        if (paragraph.starts_with("*") && !paragraph.ends_with(".")) {
            for (const auto& heading : split(paragraph, ',')) {
                headings.emplace(trim(heading));
            }
        }
    }
    return headings;
}

TEST(VerbTable, IsInTheManual) {
    std::set<std::string> headings;
    for (const Verb& verb : verb_table()) {
        if (verb.audience == Audience::users) {
            headings.insert(heading_of(verb));
        }
    }
    EXPECT_EQ(headings_of_the_manual(), headings);
}

}  // namespace
}  // namespace citus_init::cli
