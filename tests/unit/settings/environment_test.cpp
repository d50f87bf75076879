#include "citus_init/settings/environment.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(EnvironmentFrom, SplitsAtTheFirstEqualsSignAndKeepsTheLastOfTwo) {
    const char* const entries[] = {"A=1", "B==2=", "=x", "nothing", "C=", "A=3", nullptr};
    EXPECT_THAT(environment_from(entries),
                ElementsAre(Pair("A", "3"), Pair("B", "=2="), Pair("C", "")));
}

RC_GTEST_PROP(EnvironmentBlock, ReadsBackWhatItWrote, ()) {
    const auto text = rc::gen::container<std::string>(
        rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c != '\0'; }));
    const auto name = rc::gen::suchThat(text, [](const std::string& candidate) {
        return !candidate.empty() && candidate.find('=') == std::string::npos;
    });
    const auto environment = *rc::gen::container<Environment>(name, text);
    RC_ASSERT(parse_environment_block(environment_block(environment)) == environment);
}

TEST(ChildEnvironment, HoldsNoSecret) {
    const Environment environment{{"POSTGRES_PASSWORD", "a"},
                                  {"POSTGRES_PASSWORD_FILE", "b"},
                                  {"CITUS_CLUSTER_SECRET", "c"},
                                  {"CITUS_CLUSTER_SECRET_FILE", "d"},
                                  {"PGPASSWORD", "e"},
                                  {"POSTGRES_USER", "app"},
                                  {"CITUS_GUC_PRIMARY_CONNINFO", "password=f"},
                                  {"CITUS_POSTGRESQL_CONF", "primary_conninfo = 'password=g'"},
                                  {"CITUS_POSTGRESQL_CONF_FILE", "h"},
                                  {"CITUS_PG_HBA", "host all all all radius radiussecrets=i"},
                                  {"CITUS_PG_HBA_FILE", "j"},
                                  {"CITUS_CLUSTER_SECERT", "k"},
                                  {"CITUS_CLUSTERSECRET_FILE", "l"},
                                  {"CITUS_BACKUP_REPO_KEY", "m"},
                                  {"CITUS_BACKUP_OPTIONS", "repo1-azure-key=n"},
                                  {"CITUS_BACKUP_CIPHER_PASS", "o"},
                                  {kResolvedYaml, "password: pw"},
                                  {"CITUS_OF_MINE", "kept"},
                                  {"PATH", "/bin"}};
    EXPECT_THAT(child_environment(environment, UserPgpassword::drop),
                ElementsAre(Pair("CITUS_OF_MINE", "kept"), Pair("PATH", "/bin"),
                            Pair("POSTGRES_USER", "app")));
    EXPECT_THAT(child_environment(environment, UserPgpassword::keep),
                ElementsAre(Pair("CITUS_OF_MINE", "kept"), Pair("PATH", "/bin"),
                            Pair("PGPASSWORD", "e"), Pair("POSTGRES_USER", "app")));
}

TEST(InitScriptEnvironment, IsThatOfTheOfficialImage) {
    test::FakeFilesystem files;
    files.add_file("/secret", "pw\n");
    const Environment environment{
        {"POSTGRES_PASSWORD_FILE", "/secret"}, {"POSTGRES_USER", "app"}, {"POSTGRES_DB", ""},
        {"CITUS_CLUSTER_SECRET_FILE", ""},     {"PGDATA", "/data"},      {"MINE", "kept"}};
    const auto settings = load(environment, files).settings;
    EXPECT_THAT(init_script_environment(environment, settings),
                ElementsAre(Pair("MINE", "kept"), Pair("PGDATA", "/data"), Pair("PGPASSWORD", "pw"),
                            Pair("POSTGRES_DB", "app"), Pair("POSTGRES_INITDB_ARGS", ""),
                            Pair("POSTGRES_PASSWORD", "pw"), Pair("POSTGRES_USER", "app")));
}

TEST(InitScriptEnvironment, HasNoLineOfTheServersConfiguration) {
    const Environment environment{
        {"POSTGRES_PASSWORD", "pw"},
        {"CITUS_GUC_PRIMARY_CONNINFO", "password=hush"},
        {"CITUS_GUC_WORK_MEM", "8MB"},
        {"CITUS_POSTGRESQL_CONF", "primary_conninfo = 'password=hush'"},
        {"CITUS_POSTGRESQL_CONF_FILE", "/run/secrets/conf"},
        {"CITUS_PG_HBA", "host all all all ldap ldapbindpasswd=hush"},
        {"CITUS_PG_HBA_FILE", "/run/secrets/hba"},
        {"CITUS_CLUSTER_SECERT", "hush"},
        {"CITUS_ROLE", "coordinator"},
        {"CITUS_APP_PASSWORD", "of the script's own"},
    };
    const Settings settings;
    EXPECT_THAT(init_script_environment(environment, settings),
                ElementsAre(Pair("CITUS_APP_PASSWORD", "of the script's own"),
                            Pair("CITUS_ROLE", "coordinator"), Pair("PGPASSWORD", ""),
                            Pair("POSTGRES_DB", ""), Pair("POSTGRES_INITDB_ARGS", ""),
                            Pair("POSTGRES_PASSWORD", ""), Pair("POSTGRES_USER", "postgres")));
}

TEST(InitScriptEnvironment, KeepsThePgpasswordOfTheUser) {
    const Environment environment{{"POSTGRES_PASSWORD", "pw"}, {"PGPASSWORD", "mine"}};
    const auto settings = load(environment).settings;
    EXPECT_EQ(init_script_environment(environment, settings).at("PGPASSWORD"), "mine");
    const Environment empty{{"POSTGRES_PASSWORD", "pw"}, {"PGPASSWORD", ""}};
    EXPECT_EQ(init_script_environment(empty, settings).at("PGPASSWORD"), "pw");
}

}  // namespace
}  // namespace citus_init::settings
