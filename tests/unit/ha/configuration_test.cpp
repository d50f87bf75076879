#include "citus_init/ha/patroni/configuration.h"

#include <cstdlib>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/ha/patroni/yaml_text.h"

#include "unit/ha/patroni_fixture.h"

namespace citus_init::patroni {
namespace {

using settings::YamlValue;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

void expect_golden(const YamlValue& value, const std::string& name) {
    const std::string path = std::string(GOLDEN_DIRECTORY) + "/" + name;
    const std::string text = yaml_text(value).reveal();
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(path, text, 0644));
    }
    const auto expected = RealFilesystem().read(path);
    ASSERT_TRUE(expected) << expected.error().message;
    EXPECT_EQ(text, *expected) << "run with UPDATE_GOLDEN=1 if the change is meant";
}

const YamlValue& within(const YamlValue& value, std::initializer_list<const char*> keys) {
    static const YamlValue none;
    const YamlValue* found = &value;
    for (const char* key : keys) {
        found = found->find(key);
        if (found == nullptr) {
            ADD_FAILURE() << "no " << key;
            return none;
        }
    }
    return *found;
}

std::vector<std::string> lines_of(const YamlValue& list) {
    std::vector<std::string> lines;
    for (const YamlValue& item : list.items) {
        lines.push_back(item.text);
    }
    return lines;
}

TEST(PatroniConfiguration, OfACoordinatorWithPasswords) {
    expect_golden(MemberFixture{}.value(), "coordinator.yml");
}

TEST(PatroniConfiguration, OfAWorkerWithCertificates) {
    auto fixture = MemberFixture::with_certificates();
    fixture.environment["PATRONI_CITUS_GROUP"] = "2";
    fixture.environment["PATRONI_NAME"] = "w21";
    fixture.host.address = "w21.demo";
    fixture.version = {3, 3, 0};
    expect_golden(fixture.value(), "worker.yml");
}

// With pg_ident.conf's lines of the user's own.
TEST(PatroniConfiguration, LetsTheServersUserInAsAnotherSuperuser) {
    auto fixture = MemberFixture::with_certificates();
    EXPECT_EQ(fixture.value().find("postgresql")->find("pg_ident"), nullptr);
    fixture.environment["POSTGRES_USER"] = "app \"1\"";
    fixture.yaml = "patroni: {postgresql: {pg_ident: [own root app]}}";
    const auto value = fixture.value();
    EXPECT_THAT(lines_of(within(value, {"postgresql", "pg_ident"})),
                ElementsAre("own root app", R"(citus_init "postgres" "app ""1""")"));
    const auto hba = lines_of(within(value, {"postgresql", "pg_hba"}));
    ASSERT_GE(hba.size(), 2U);
    EXPECT_EQ(hba[0], R"(local all "app ""1""" peer map=citus_init)");
    EXPECT_EQ(hba[1], "local all all peer");
}

TEST(PatroniConfiguration, HoldsNoPasswordOfPostgresqlWithCertificates) {
    auto fixture = MemberFixture::with_certificates();
    fixture.environment["PATRONI_REWIND_PASSWORD"] = "rewind's";
    const std::string text = yaml_text(fixture.value()).reveal();
    EXPECT_THAT(text, Not(HasSubstr("superuser's")));
    EXPECT_THAT(text, Not(HasSubstr("rewind's")));
    EXPECT_THAT(text, HasSubstr("rest's"));
}

TEST(PatroniConfiguration, PutsSettingsWherePatroniTakesThem) {
    MemberFixture fixture;
    fixture.environment["CITUS_GUC_MAX_CONNECTIONS"] = "300";
    fixture.environment["CITUS_GUC_WORK_MEM"] = "16MB";
    fixture.environment["CITUS_GUC_WAL_KEEP_SIZE"] = "1GB";
    fixture.environment["CITUS_GUC_SHARED_PRELOAD_LIBRARIES"] = "pg_stat_statements";
    const auto value = fixture.value();
    const auto& dcs = within(value, {"bootstrap", "dcs", "postgresql", "parameters"});
    const auto& local = within(value, {"postgresql", "parameters"});
    EXPECT_EQ(within(dcs, {"max_connections"}), YamlValue::number(300));
    EXPECT_EQ(within(dcs, {"max_prepared_transactions"}), YamlValue::number(600));
    EXPECT_EQ(within(dcs, {"max_worker_processes"}), YamlValue::number(24));
    EXPECT_EQ(within(dcs, {"wal_keep_size"}).text, "1GB");
    EXPECT_EQ(within(local, {"work_mem"}), YamlValue::string("16MB"));
    EXPECT_EQ(within(local, {"shared_preload_libraries"}).text, "citus,pg_stat_statements");
    EXPECT_THAT(within(local, {"citus.node_conninfo"}).text, HasSubstr("tcp_user_timeout=8000"));
    for (const char* name : {"max_connections", "wal_level", "port", "listen_addresses"}) {
        EXPECT_EQ(local.find(name), nullptr) << name;
    }
}

TEST(PatroniConfiguration, ArchivesToTheStanzaOfTheGroupAndReadsFromIt) {
    auto fixture = MemberFixture::with_certificates();
    fixture.environment["PATRONI_CITUS_GROUP"] = "2";
    fixture.environment["CITUS_BACKUP"] = "pgbackrest";
    fixture.environment["CITUS_BACKUP_REPO"] = "posix:/backup";
    fixture.yaml = "patroni: {postgresql: {recovery_conf: {recovery_min_apply_delay: 1h}}}";
    const auto value = fixture.value();
    const auto& local = within(value, {"postgresql", "parameters"});
    EXPECT_EQ(within(local, {"archive_mode"}).text, "on");
    EXPECT_EQ(within(local, {"archive_timeout"}).text, "60");
    EXPECT_EQ(within(local, {"archive_command"}).text,
              R"(sh -c 'pgbackrest --config="$2" --log-level-stderr=warn --stanza=citus-2 )"
              R"(archive-push "$1" 2>"$3" || )"
              R"({ cat "$3" >&2; exit 1; }' sh "%p" '/run/citus-init/pgbackrest.conf' )"
              R"('/run/citus-init/archive-push.log')");
    EXPECT_EQ(local.find("restore_command"), nullptr);
    const auto& recovery = within(value, {"postgresql", "recovery_conf"});
    EXPECT_THAT(within(recovery, {"restore_command"}).text,
                HasSubstr("--stanza=citus-2 archive-get \"$1\" \"$2\";"));
    EXPECT_EQ(within(recovery, {"recovery_min_apply_delay"}).text, "1h");
    EXPECT_THAT(lines_of(within(value, {"postgresql", "create_replica_methods"})),
                ElementsAre("pgbackrest", "basebackup"));
    EXPECT_EQ(within(value, {"postgresql", "pgbackrest", "stanza"}).text, "citus-2");
    EXPECT_EQ(within(value, {"postgresql", "pgbackrest", "command"}).text,
              "/usr/local/bin/citus-init restore-replica");
    fixture.yaml = "patroni: {postgresql: {create_replica_methods: [basebackup]}}";
    EXPECT_THAT(lines_of(within(fixture.value(), {"postgresql", "create_replica_methods"})),
                ElementsAre("basebackup"));
    fixture.environment["CITUS_GUC_ARCHIVE_MODE"] = "always";
    EXPECT_THAT(fixture.problems(),
                ElementsAre(HasSubstr("CITUS_GUC_ARCHIVE_MODE: sets archive_mode, and")));
}

TEST(PatroniConfiguration, RefusesSettingsThatArePatronisOrThatItCannotWrite) {
    MemberFixture fixture;
    fixture.environment["CITUS_GUC_PORT"] = "5433";
    fixture.environment["CITUS_GUC_HBA_FILE"] = "/etc/hba";
    fixture.environment["CITUS_GUC_ARCHIVE_COMMAND"] = "a\nb";
    fixture.environment["CITUS_GUC_CLUSTER_NAME"] = "c";
    fixture.environment["CITUS_GUC_APPLICATION_NAME"] = "\xe9";
    fixture.environment["POSTGRES_INITDB_ARGS"] = "-E UTF8";
    EXPECT_THAT(
        fixture.problems(),
        testing::UnorderedElementsAre(
            HasSubstr("CITUS_GUC_PORT: sets port, which is Patroni's to make. Set "
                      "PATRONI_POSTGRESQL_LISTEN."),
            HasSubstr("CITUS_GUC_HBA_FILE: sets hba_file"),
            HasSubstr("CITUS_GUC_ARCHIVE_COMMAND: sets archive_command to a text of several lines"),
            HasSubstr("CITUS_GUC_CLUSTER_NAME: sets cluster_name"),
            HasSubstr("postgresql.parameters.application_name: is not UTF-8"),
            HasSubstr("POSTGRES_INITDB_ARGS: has words that are not of the form --option")));
}

TEST(PatroniConfiguration, TakesTheOptionsOfInitdbInPlaceOfOurs) {
    MemberFixture fixture;
    fixture.environment["POSTGRES_INITDB_ARGS"] = "--locale=de_DE.UTF-8 --no-data-checksums";
    fixture.environment["POSTGRES_INITDB_WALDIR"] = "/wal";
    const auto value = fixture.value();
    const std::string text = yaml_text(within(value, {"bootstrap", "initdb"})).reveal();
    EXPECT_EQ(text,
              "- encoding: \"UTF8\"\n- auth-host: \"scram-sha-256\"\n- auth-local: \"peer\"\n"
              "- locale: \"de_DE.UTF-8\"\n- \"no-data-checksums\"\n- waldir: \"/wal\"\n");
}

TEST(PatroniConfiguration, IsSynchronousAsTheVersionCan) {
    MemberFixture fixture;
    const auto mode = [&fixture] {
        const auto value = fixture.value();
        const auto& dcs = within(value, {"bootstrap", "dcs"});
        return within(dcs, {"synchronous_mode"}).text + "," +
               within(dcs, {"synchronous_mode_strict"}).text;
    };
    EXPECT_EQ(mode(), "quorum,false");
    fixture.version = {3, 3, 0};
    EXPECT_EQ(mode(), "true,false");
    fixture.environment["CITUS_SYNCHRONOUS_MODE"] = "strict";
    EXPECT_EQ(mode(), "true,true");
    fixture.environment["CITUS_SYNCHRONOUS_MODE"] = "off";
    EXPECT_EQ(mode(), "false,false");
}

TEST(PatroniConfiguration, MakesAMembersNameOfAnyHostName) {
    MemberFixture fixture;
    fixture.host.host_name = "Node_1.Example";
    EXPECT_EQ(within(fixture.value(), {"name"}).text, "node-1-example");
}

TEST(PatroniConfiguration, LetsNodesInByCertificateAndClientsByPassword) {
    auto fixture = MemberFixture::with_certificates();
    fixture.environment["CITUS_PG_HBA"] = "# a comment\nhostssl all app 10.9.0.0/16 md5\n";
    fixture.environment["CITUS_ALLOWED_CIDR"] = "10.1.0.0/16";
    EXPECT_THAT(
        lines_of(within(fixture.value(), {"postgresql", "pg_hba"})),
        ElementsAre("local all all peer",
                    "hostssl replication \"replicator\" all trust clientcert=verify-ca",
                    "hostssl all \"postgres\" 127.0.0.1/32 trust clientcert=verify-ca",
                    "hostssl all \"postgres\" ::1/128 trust clientcert=verify-ca",
                    "hostssl all app 10.9.0.0/16 md5",
                    "hostssl all \"rewind\" all trust clientcert=verify-ca",
                    "hostssl all all 10.1.0.2/32 trust clientcert=verify-ca",
                    "host all all 127.0.0.1/32 scram-sha-256", "host all all ::1/128 scram-sha-256",
                    "host all all 10.1.0.0/16 scram-sha-256"));
}

// Patroni reaches its own server by 127.0.0.1, or by the first address that it listens on.
TEST(PatroniConfiguration, LetsPatroniReplicateFromItsOwnServerWhateverNetworksAreAllowed) {
    MemberFixture fixture;
    fixture.environment["CITUS_ALLOWED_CIDR"] = "10.1.0.0/16";
    const auto lines = lines_of(within(fixture.value(), {"postgresql", "pg_hba"}));
    EXPECT_THAT(lines, Contains("host replication \"replicator\" samehost scram-sha-256"));
    EXPECT_THAT(lines, Contains("host replication \"replicator\" 10.1.0.0/16 scram-sha-256"));
}

TEST(PatroniConfiguration, TakesWhatElseTheUserWants) {
    MemberFixture fixture;
    fixture.yaml =
        "patroni:\n"
        "  tags: {nofailover: yes, note: '0123', weight: 5}\n"
        "  log: {level: DEBUG}\n"
        "  consul: {host: 'c:8500'}\n"
        "  bootstrap: {dcs: {maximum_lag_on_failover: 5}}\n"
        "  postgresql:\n"
        "    basebackup: [{max-rate: 100M}]\n";
    const auto value = fixture.value();
    EXPECT_EQ(yaml_text(within(value, {"tags"})).reveal(),
              "nofailover: true\nnote: \"0123\"\nweight: 5\n");
    EXPECT_EQ(within(value, {"log", "level"}).text, "DEBUG");
    EXPECT_EQ(within(value, {"bootstrap", "dcs", "maximum_lag_on_failover"}).text, "5");
    EXPECT_EQ(within(value, {"bootstrap", "dcs", "ttl"}).text, "20");
    EXPECT_EQ(within(value, {"postgresql", "basebackup"}).items.size(), 1U);
}

TEST(PatroniConfiguration, KeepsWhatIsItsOwn) {
    MemberFixture fixture;
    fixture.yaml =
        "patroni:\n"
        "  scope: other\n"
        "  postgresql: {parameters: {work_mem: 4MB}, pg_hba: [all]}\n"
        "  watchdog: {mode: required}\n"
        "  bootstrap: {dcs: {ttl: 5}}\n"
        "  restapi: text\n";
    const std::string place = " in the YAML file, line ";
    EXPECT_THAT(
        fixture.problems(),
        ElementsAre(
            "patroni.scope" + place + "2: is citus-init's to write. Set PATRONI_SCOPE.",
            "patroni.postgresql.parameters" + place +
                "3: is citus-init's to write. Write them below postgresql: of the file, or as "
                "CITUS_GUC_<NAME>.",
            HasSubstr("patroni.postgresql.pg_hba" + place + "3: is citus-init's to write"),
            HasSubstr("patroni.watchdog" + place + "4"),
            "patroni.bootstrap.dcs.ttl" + place +
                "5: is citus-init's to write. Set CITUS_PATRONI_TTL.",
            "patroni.restapi" + place +
                "6: is not a map. Write what is in it below it, indented."));
}

TEST(PatroniConfiguration, HasTheRestApisCertificatesOfTheUserWhereThereAreSome) {
    auto fixture = MemberFixture::with_certificates();
    fixture.environment["PATRONI_RESTAPI_CERTFILE"] = "/tls/crt";
    fixture.environment["PATRONI_RESTAPI_KEYFILE"] = "/tls/key";
    const auto value = fixture.value();
    EXPECT_EQ(within(value, {"restapi", "certfile"}).text, "/tls/crt");
    EXPECT_EQ(within(value, {"restapi"}).find("verify_client"), nullptr);
}

}  // namespace
}  // namespace citus_init::patroni
