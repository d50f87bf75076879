#include "citus_init/settings/reference.h"

#include <cstdlib>
#include <set>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/settings/registry.h"

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SettingsReference, IsWhatDocsHolds) {
    const std::string path = CITUS_INIT_SOURCE_DIR "/docs/settings.md";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(path, reference_markdown(), 0644));
    }
    const auto text = RealFilesystem().read(path);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, reference_markdown())
        << "Run this test with UPDATE_GOLDEN=1 and commit docs/settings.md";
}

TEST(SettingsReference, NamesEveryVariable) {
    const std::string reference = reference_markdown();
    for (const Variable* variable : variables()) {
        EXPECT_THAT(reference, HasSubstr("`" + std::string(variable->name) + "`"));
    }
}

// The reference says a default in words, the code has it as a value.
TEST(SettingsReference, HasTheDefaultsThatTheCodeHas) {
    const Settings defaults = load({}).settings;
    int checked = 0;
    for (const Variable* variable : variables()) {
        const std::string text(variable->default_text);
        const auto end = text.find('`', 1);
        const bool is_literal = text[0] == '`' && find_variable(text.substr(1, end - 1)) == nullptr;
        if (!is_literal || variable->kind != Kind::setting ||
            variable->name == "CITUS_CONFIG_PATH" || variable->name == "CITUS_COORDINATOR_PORT") {
            continue;
        }
        auto with_default = load({{std::string(variable->name), text.substr(1, end - 1)}}).settings;
        with_default.postgresql_conf.environment.clear();  // a short name for a setting of Citus
        EXPECT_EQ(with_default, defaults) << variable->name;
        ++checked;
    }
    EXPECT_GE(checked, 15);
}

TEST(CompletionList, HasNamesAndAllowedValues) {
    const std::string list = completion_list();
    EXPECT_THAT(list, HasSubstr("\nCITUS_ROLE coordinator worker\n"));
    EXPECT_THAT(list, HasSubstr("\nCITUS_ENABLE true false\n"));
    EXPECT_THAT(list, HasSubstr("POSTGRES_USER\n"));
    EXPECT_THAT(list, HasSubstr("\nCITUS_BACKUP none pgbackrest\n"));
    EXPECT_THAT(list, Not(HasSubstr("CITUS_GUC_<")));
}

TEST(Registry, DeclaresEveryVariableOnceAndWhole) {
    std::set<std::string_view> names;
    std::set<std::string_view> keys;
    for (const Variable* variable : variables()) {
        EXPECT_TRUE(names.insert(variable->name).second) << variable->name;
        EXPECT_TRUE(variable->yaml_key.empty() || keys.insert(variable->yaml_key).second)
            << variable->yaml_key;
        EXPECT_FALSE(variable->meaning.empty()) << variable->name;
        EXPECT_FALSE(variable->default_text.empty()) << variable->name;
        EXPECT_EQ(variable->since.empty(), variable->kind == Kind::planned) << variable->name;
        EXPECT_EQ(find_variable(variable->name), variable);
        // Otherwise X could be meant by X or by the file of another.
        EXPECT_THAT(std::string(variable->name), Not(testing::EndsWith("_FILE")));
    }
    EXPECT_EQ(find_variable("CITUS_ROEL"), nullptr);
    EXPECT_EQ(find_yaml_key(""), nullptr);
    EXPECT_EQ(find_yaml_key("citus.role"), find_variable("CITUS_ROLE"));
}

}  // namespace
}  // namespace citus_init::settings
