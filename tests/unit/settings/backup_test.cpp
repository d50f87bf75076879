#include "citus_init/settings/backup_settings.h"

#include "settings/backup_value.h"
#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const Environment kPosix{{"CITUS_BACKUP", "pgbackrest"}, {"CITUS_BACKUP_REPO", "posix:/backup"}};

Environment with(Environment environment, const Environment& more) {
    environment.insert(more.begin(), more.end());
    return environment;
}

Environment s3(const std::string& repository, const Environment& more = {}) {
    return with({{"CITUS_BACKUP", "pgbackrest"}, {"CITUS_BACKUP_REPO", repository}}, more);
}

TEST(BackupSettings, AreThereWithPgbackrestOnly) {
    EXPECT_FALSE(load({}).settings.backup);
    EXPECT_FALSE(load({{"CITUS_BACKUP", "none"}}).settings.backup);
    const auto loaded = load(kPosix);
    EXPECT_THAT(loaded.problems, IsEmpty());
    ASSERT_TRUE(loaded.settings.backup);
    EXPECT_EQ(loaded.settings.backup->name, "citus");
    EXPECT_EQ(loaded.settings.backup->repository.text(), "posix:/backup");
}

TEST(BackupSettings, HaveNoEffectWithoutIt) {
    const auto loaded = load({{"CITUS_BACKUP_REPO", "posix:/backup"}});
    EXPECT_FALSE(loaded.settings.backup);
    EXPECT_THAT(loaded.warnings,
                ElementsAre("CITUS_BACKUP_REPO: has no effect without CITUS_BACKUP=pgbackrest. Set "
                            "CITUS_BACKUP=pgbackrest, or remove it."));
}

struct RepositoryCase {
    const char* text;
    RepositoryKind kind;
    const char* path;
    const char* bucket;
    const char* endpoint;
    const char* region;
    const char* uri_style;
};

class Repositories : public testing::TestWithParam<RepositoryCase> {};

TEST_P(Repositories, AreParsed) {
    const auto& expected = GetParam();
    const auto parsed = parse_repository(expected.text);
    ASSERT_TRUE(parsed) << parsed.error().reason;
    EXPECT_EQ(parsed->kind, expected.kind);
    EXPECT_EQ(parsed->path, expected.path);
    EXPECT_EQ(parsed->bucket, expected.bucket);
    EXPECT_EQ(parsed->endpoint, expected.endpoint);
    EXPECT_EQ(parsed->region, expected.region);
    EXPECT_EQ(parsed->uri_style, expected.uri_style);
}

INSTANTIATE_TEST_SUITE_P(
    , Repositories,
    testing::Values(
        RepositoryCase{"posix:/backup", RepositoryKind::posix, "/backup", "", "", "", ""},
        RepositoryCase{" posix:/a b/c/ \n", RepositoryKind::posix, "/a b/c", "", "", "", ""},
        RepositoryCase{"s3://b?endpoint=h&region=r", RepositoryKind::s3, "/", "b", "h", "r", ""},
        RepositoryCase{"s3://b/?endpoint=h&region=r", RepositoryKind::s3, "/", "b", "h", "r", ""},
        RepositoryCase{"s3://my.b-1/p/q/?region=eu-1&endpoint=s3.example.com:9000&uri-style=path",
                       RepositoryKind::s3, "/p/q", "my.b-1", "s3.example.com:9000", "eu-1",
                       "path"}));

struct RefusedCase {
    const char* text;
    const char* reason;
};

class RefusedRepositories : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedRepositories, SayWhy) {
    const auto parsed = parse_repository(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().reason, HasSubstr(GetParam().reason));
    EXPECT_FALSE(parsed.error().fix.empty());
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedRepositories,
    testing::Values(RefusedCase{"/backup", "is not a repository"},
                    RefusedCase{"posix:backup", "absolute"},
                    RefusedCase{"posix:/", "root directory"},
                    RefusedCase{"s3:///p?endpoint=h&region=r", "bucket"},
                    RefusedCase{"s3://b/p", "has no endpoint"},
                    RefusedCase{"s3://b/p?endpoint=h", "has no region"},
                    RefusedCase{"s3://b?endpoint=https://s3.example.com&region=r", "\"endpoint\""},
                    RefusedCase{"s3://b?endpoint=h&region=a b", "\"region\""},
                    RefusedCase{"s3://b?endpoint=h&region=r&uri-style=x", "\"uri-style\""},
                    RefusedCase{"s3://b?endpoint=h&region=r&key=AKIA", "does not know"},
                    RefusedCase{"pgbackrest://", "names no repository host"},
                    RefusedCase{"pgbackrest://a,b", "names no repository host"},
                    RefusedCase{"pgbackrest://host:0", "names no repository host"},
                    RefusedCase{"pgbackrest://host/path", "names no repository host"},
                    RefusedCase{"gcs://b", "is not a"}));

TEST(BackupSettings, TakeARepositoryHost) {
    const auto parsed = parse_repository(" pgbackrest://backup.example ");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->kind, RepositoryKind::host);
    EXPECT_EQ(parsed->host, (HostPort{"backup.example", 8432}));
    EXPECT_EQ(parsed->text(), "pgbackrest://backup.example:8432");
    EXPECT_EQ(parse_repository("pgbackrest://[fd00::1]:99")->host, (HostPort{"fd00::1", 99}));
}

TEST(BackupSettings, OfARepositoryHostNeedTheClustersSecret) {
    const Environment host{{"CITUS_BACKUP", "pgbackrest"},
                           {"CITUS_BACKUP_REPO", "pgbackrest://b"},
                           {"CITUS_BACKUP_RETENTION_FULL", "2"}};
    const auto without = load(host);
    EXPECT_THAT(without.problems, ElementsAre(HasSubstr("CITUS_CLUSTER_SECRET: is not set, and the "
                                                        "repository host b:8432 admits a node")));
    const auto with_secret =
        load(with(host, {{"CITUS_CLUSTER_SECRET", "3f1d0a9c5be84e27a1c6d2f80b4795e3"}}));
    EXPECT_THAT(with_secret.problems, IsEmpty());
    EXPECT_THAT(with_secret.warnings,
                testing::Contains(HasSubstr("CITUS_BACKUP_RETENTION_FULL: has no effect here")));
}

TEST(BackupSettings, SayWhereTheServerListens) {
    EXPECT_EQ(*parse_backup_listen(":9000"), (HostPort{"0.0.0.0", 9000}));
    EXPECT_EQ(*parse_backup_listen("[::]:9000"), (HostPort{"::", 9000}));
    EXPECT_THAT(parse_backup_listen("host").error().reason, HasSubstr("is not [HOST]:PORT"));
}

TEST(BackupSettings, ReportAllProblemsAtOnce) {
    const auto loaded = load({{"CITUS_BACKUP", "pgbackrest"},
                              {"CITUS_BACKUP_NAME", "a/b"},
                              {"CITUS_BACKUP_CIPHER_PASS", " blank at an end"},
                              {"CITUS_BACKUP_RETENTION_FULL", "0"},
                              {"CITUS_BACKUP_OPTIONS", "repo1-path=/x"},
                              {"PGBACKREST_REPO1_PATH", "/x"}});
    EXPECT_THAT(
        loaded.problems,
        ElementsAre(HasSubstr("CITUS_BACKUP_CIPHER_PASS: has a control character"),
                    HasSubstr("CITUS_BACKUP_NAME: \"a/b\" is not a name of a stanza"),
                    HasSubstr("CITUS_BACKUP_OPTIONS: sets repo1-path, which citus-init sets"),
                    HasSubstr("CITUS_BACKUP_REPO: is not set"),
                    HasSubstr("CITUS_BACKUP_RETENTION_FULL: \"0\""),
                    HasSubstr("PGBACKREST_REPO1_PATH: is read by pgBackRest above")));
}

TEST(BackupSettings, TakeTheVariablesOfAServiceForNoOptions) {
    const auto loaded = load({{"CITUS_BACKUP", "pgbackrest"},
                              {"CITUS_BACKUP_REPO", "posix:/backup"},
                              {"PGBACKREST_SERVICE_HOST", "10.0.0.7"},
                              {"PGBACKREST_SERVICE_PORT", "8432"},
                              {"PGBACKREST_PORT", "tcp://10.0.0.7:8432"},
                              {"PGBACKREST_PORT_8432_TCP_ADDR", "10.0.0.7"}});
    EXPECT_THAT(loaded.problems, ElementsAre());
}

TEST(BackupSettings, NeedKeysForS3UnlessTheMachineHasThem) {
    const std::string repository = "s3://b?endpoint=h&region=r";
    EXPECT_THAT(load(s3(repository)).problems,
                ElementsAre(HasSubstr("CITUS_BACKUP_S3_KEY: is not set"),
                            HasSubstr("CITUS_BACKUP_S3_KEY_SECRET: is not set")));
    EXPECT_THAT(
        load(s3(repository, {{"CITUS_BACKUP_S3_KEY", "k"}, {"CITUS_BACKUP_S3_KEY_SECRET", "s"}}))
            .problems,
        IsEmpty());
    EXPECT_THAT(load(s3(repository, {{"CITUS_BACKUP_OPTIONS", "repo1-s3-key-type=auto"}})).problems,
                IsEmpty());
}

TEST(BackupSettings, NeverShowWhatMayBeASecret) {
    for (const auto& text :
         {"s3://AKIA:hush@b?endpoint=h&region=r", "s3://b?endpoint=h&region=r&key=hush"}) {
        for (const auto& problem : load(s3(text)).problems) {
            EXPECT_THAT(problem, testing::Not(HasSubstr("hush")));
        }
    }
    const auto loaded = load(with(kPosix, {{"CITUS_BACKUP_OPTIONS", "hush=hush hush"}}));
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_THAT(loaded.problems[0], testing::Not(HasSubstr("hush")));
}

TEST(BackupSettings, RefuseARepositoryInTheDataDirectory) {
    for (const auto& path : {"posix:/data", "posix:/data/backup"}) {
        const auto loaded = load({{"CITUS_BACKUP", "pgbackrest"}, {"CITUS_BACKUP_REPO", path}});
        EXPECT_THAT(loaded.problems, ElementsAre(HasSubstr("lie within each other")));
    }
}

TEST(BackupSettings, AreTakenWithPatroniARestoreWhereEtcdIsNamed) {
    const auto problems = [](const Environment& more) {
        return load(with(with(kPosix, {{"CITUS_HA", "patroni"}}), more)).problems;
    };
    const auto refusal =
        testing::Contains(testing::AllOf(HasSubstr("CITUS_RESTORE"), HasSubstr("needs etcd")));
    EXPECT_THAT(problems({}), testing::Not(refusal));
    EXPECT_THAT(problems({{"CITUS_RESTORE", "latest"}}), refusal);
    EXPECT_THAT(problems({{"CITUS_RESTORE", "latest"}, {"PATRONI_ETCD3_SRV", "example.com"}}),
                refusal);
    for (const auto& [name, value] : {std::pair{"PATRONI_ETCD3_HOSTS", "etcd:2379"},
                                      {"PATRONI_ETCD3_URL", "http://127.0.0.1:2379"}}) {
        EXPECT_THAT(problems({{"CITUS_RESTORE", "latest"}, {name, value}}), testing::Not(refusal));
    }
}

TEST(BackupSettings, RefuseARestoreThatWouldFollowAnotherCluster) {
    const auto problems = [](const char* yaml, const char* restore) {
        return load_yaml(yaml, with(kPosix, {{"CITUS_HA", "patroni"},
                                             {"PATRONI_ETCD3_HOSTS", "etcd1:2379"},
                                             {"CITUS_RESTORE", restore}}))
            .problems;
    };
    constexpr const char* kStandby =
        "patroni: {bootstrap: {dcs: {standby_cluster: {host: other, port: 5432}}}}";
    const auto refusal = testing::Contains(HasSubstr("bootstrap.dcs.standby_cluster"));
    EXPECT_THAT(problems(kStandby, "latest"), refusal);
    EXPECT_THAT(problems(kStandby, "none"), testing::Not(refusal));
    EXPECT_THAT(problems("patroni: {bootstrap: {dcs: {ttl: 30}}}", "latest"),
                testing::Not(refusal));
}

TEST(BackupSettings, HaveTheGroupOfPatroni) {
    const auto warnings = [](const char* group) {
        return load(with(kPosix, {{"CITUS_HA", "patroni"},
                                  {"CITUS_CLUSTER_SECRET", "9f1c7a52e08b4d639f1c7a52e08b4d63"},
                                  {"PATRONI_SCOPE", "demo"},
                                  {"PATRONI_CITUS_GROUP", "1"},
                                  {"PATRONI_ETCD3_HOSTS", "etcd1:2379"},
                                  {"PATRONI_RESTAPI_USERNAME", "rest"},
                                  {"PATRONI_RESTAPI_PASSWORD", "pw"},
                                  {"CITUS_RESTORE_GROUP", group}}))
            .warnings;
    };
    EXPECT_THAT(warnings("1"), IsEmpty());
    EXPECT_THAT(warnings("2"), ElementsAre(HasSubstr("the group is PATRONI_CITUS_GROUP")));
}

TEST(BackupSchedules, AreDurations) {
    const auto schedule = [](const Environment& more) {
        const auto loaded = load(with(kPosix, more));
        EXPECT_THAT(loaded.problems, IsEmpty());
        EXPECT_THAT(loaded.warnings, IsEmpty());
        return loaded.settings.backup ? loaded.settings.backup->schedule : BackupSchedule();
    };
    EXPECT_TRUE(schedule({}).is_empty());
    EXPECT_TRUE(schedule({{"CITUS_BACKUP_FULL_EVERY", "0"}}).is_empty());
    const auto usual = schedule({{"CITUS_BACKUP_FULL_EVERY", "7d"},
                                 {"CITUS_BACKUP_INCR_EVERY", "1d"},
                                 {"CITUS_RESTORE_POINT_EVERY", "10min"}});
    EXPECT_EQ(usual, (BackupSchedule{std::chrono::hours(168), std::chrono::hours(24),
                                     std::chrono::minutes(10)}));
    EXPECT_TRUE(usual.makes_backups());
    EXPECT_FALSE(schedule({{"CITUS_RESTORE_POINT_EVERY", "10s"}}).makes_backups());
    EXPECT_THAT(load(with(kPosix, {{"CITUS_BACKUP_FULL_EVERY", "9s"},
                                   {"CITUS_BACKUP_INCR_EVERY", "daily"},
                                   {"CITUS_RESTORE_POINT_EVERY", "-1h"}}))
                    .problems,
                ElementsAre(HasSubstr("CITUS_BACKUP_FULL_EVERY: \"9s\" is shorter than 10s"),
                            HasSubstr("CITUS_BACKUP_INCR_EVERY: \"daily\" is not a duration"),
                            HasSubstr("CITUS_RESTORE_POINT_EVERY: \"-1h\" is not a duration")));
}

TEST(BackupSchedules, AreTheSameOnAWorker) {
    const auto loaded =
        load(with(kPosix, {{"CITUS_ENABLE", "true"},
                           {"CITUS_ROLE", "worker"},
                           {"CITUS_COORDINATOR_HOST", "c"},
                           {"CITUS_CLUSTER_SECRET", "8f14e45fceea167a5a36dedd4bea2543"},
                           {"CITUS_BACKUP_FULL_EVERY", "1d"}}));
    EXPECT_THAT(loaded.problems, IsEmpty());
}

// No backups are worse than no start, unless somebody has said so.
TEST(BackupSchedules, AreRefusedWithoutARepository) {
    for (const char* name :
         {"CITUS_BACKUP_FULL_EVERY", "CITUS_BACKUP_INCR_EVERY", "CITUS_RESTORE_POINT_EVERY"}) {
        EXPECT_THAT(
            load({{name, "1d"}}).problems,
            ElementsAre(HasSubstr(std::string(name) + ": \"1d\" asks for backups, and there "
                                                      "is no repository for them")));
        const auto given_up = load({{name, "1d"}, {"CITUS_BACKUP", "none"}});
        EXPECT_THAT(given_up.problems, IsEmpty());
        EXPECT_THAT(given_up.warnings,
                    ElementsAre(HasSubstr("has no effect without CITUS_BACKUP")));
        EXPECT_THAT(load({{name, "0"}}).problems, IsEmpty());
    }
}

TEST(BackupSchedules, OfNoEffectAreWarnedOf) {
    const auto warnings = [](const char* full, const char* incr, const char* point) {
        return load(with(kPosix, {{"CITUS_BACKUP_FULL_EVERY", full},
                                  {"CITUS_BACKUP_INCR_EVERY", incr},
                                  {"CITUS_RESTORE_POINT_EVERY", point}}))
            .warnings;
    };
    EXPECT_THAT(warnings("1d", "0", "1h"), IsEmpty());
    EXPECT_THAT(warnings("7d", "1d", "1h"), IsEmpty());
    EXPECT_THAT(warnings("1d", "1d", "0"),
                ElementsAre(HasSubstr("has no effect, because CITUS_BACKUP_FULL_EVERY is 1d")));
    EXPECT_THAT(warnings("7d", "1d", "1d"),
                ElementsAre(HasSubstr("a backup, which makes a restore point, is made every 1d")));
    EXPECT_THAT(warnings("7d", "0", "8d"), ElementsAre(HasSubstr("is made every 7d")));
}

TEST(BackupSchedules, ThatNeverBeginAnewAreWarnedOf) {
    const auto loaded = load(with(kPosix, {{"CITUS_BACKUP_INCR_EVERY", "1d"}}));
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("of one full backup for ever")));
}

TEST(BackupOptions, AreNamesAndValues) {
    const auto parsed = parse_backup_options(" process-max=4\n--exclude=a=b ");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(*parsed, ElementsAre(Pair("process-max", "4"), Pair("exclude", "a=b")));
    for (const auto& wrong : {"process-max", "=4", "process-max=", "[global]", "a;b=c"}) {
        EXPECT_FALSE(parse_backup_options(wrong)) << wrong;
    }
}

TEST(BackupSettings, TakeSecretsFromFiles) {
    test::FakeFilesystem files;
    files.add_file("/secret", "pass#phrase\n");
    const auto loaded = load(with(kPosix, {{"CITUS_BACKUP_CIPHER_PASS_FILE", "/secret"}}), files);
    ASSERT_TRUE(loaded.settings.backup);
    EXPECT_EQ(loaded.settings.backup->cipher_pass.reveal(), "pass#phrase");
}

}  // namespace
}  // namespace citus_init::settings
