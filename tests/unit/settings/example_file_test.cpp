#include <algorithm>
#include <regex>

#include "citus_init/base/text.h"
#include "citus_init/settings/registry.h"

#include "settings/yaml_document.h"
#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

std::string example() {
    const auto text = RealFilesystem().read(CITUS_INIT_SOURCE_DIR "/config/citus-init.yaml");
    return text ? *text : "";
}

// The file with every "#key" in use, as its head says.
std::string uncommented() {
    const std::regex shown_key("^( *)#([^ ]|  ).*");
    std::string result;
    for (auto line : split(example(), '\n')) {
        if (std::regex_match(line, shown_key)) {
            line.erase(line.find('#'), 1);
        }
        result += line + "\n";
    }
    return result;
}

TEST(ExampleFile, ChangesNothingAsItIs) {
    ASSERT_FALSE(example().empty());
    const auto loaded = load_yaml(example());
    EXPECT_THAT(loaded.problems, testing::IsEmpty());
    EXPECT_THAT(loaded.warnings, testing::IsEmpty());
    EXPECT_EQ(loaded.settings, load({}).settings);
}

TEST(ExampleFile, LoadsWithEveryKeyInUse) {
    const auto loaded = load_yaml(uncommented(), {{"CITUS_ENABLE", "true"}});
    EXPECT_THAT(loaded.problems, testing::IsEmpty());
    EXPECT_THAT(loaded.warnings, testing::IsEmpty());
}

TEST(ExampleFile, HasEveryKeyOfTheRegistryAndNoOther) {
    const auto document = parse_yaml(uncommented());
    ASSERT_TRUE(document);
    std::vector<std::string> found;
    for (const auto& [section, node] : document->members) {
        for (const auto& [key, value] : node.members) {
            if (section != "postgresql" && section != "patroni") {
                found.push_back(section + "." + key);
            }
        }
    }
    std::vector<std::string> expected;
    for (const Variable* variable : variables()) {
        if (!variable->yaml_key.empty() && variable->kind == Kind::setting) {
            expected.emplace_back(variable->yaml_key);
        }
    }
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

}  // namespace
}  // namespace citus_init::settings
