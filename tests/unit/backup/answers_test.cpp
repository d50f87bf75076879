#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/backup/failure.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/backup/version.h"

namespace citus_init::backup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const FailedStanza kStanza{"app-0", "posix:/backup", "/run/pgbackrest.conf"};

// As pgBackRest 2.45 printed them.
struct FailureCase {
    const char* errors;
    FailureKind kind;
    const char* reason;
    const char* fix;
};

class Failures : public testing::TestWithParam<FailureCase> {};

TEST_P(Failures, AreReadFromItsErrors) {
    const auto failure = read_failure(GetParam().errors, kStanza);
    EXPECT_EQ(failure.kind, GetParam().kind);
    EXPECT_THAT(failure.reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(failure.reason, Not(HasSubstr("HINT")));
    EXPECT_THAT(failure.fix, HasSubstr(GetParam().fix));
}

INSTANTIATE_TEST_SUITE_P(
    , Failures,
    testing::Values(
        FailureCase{
            "ERROR: [055]: unable to load info file '/r/archive/app-0/archive.info' or "
            "'/r/archive/app-0/archive.info.copy':\n"
            "       FileMissingError: unable to open missing file '/r/archive/app-0/archive.info' "
            "for read\n"
            "       HINT: has a stanza-create been performed?\n",
            FailureKind::stanza_missing, "or is not there ([055]: unable to load info file",
            "Bring posix:/backup back"},
        FailureCase{"ERROR: [028]: backup and archive info files exist but do not match the "
                    "database\n       HINT: is this the correct stanza?\n",
                    FailureKind::other_cluster, "belongs to another cluster",
                    "CITUS_BACKUP_NAME of its own"},
        FailureCase{"ERROR: [103]: unable to find a valid repository:\n"
                    "       repo1: [ArchiveMismatchError] PostgreSQL version 15, system-id 1 do "
                    "not match repo1 stanza version 15, system-id 2\n"
                    "HINT: are you archiving to the correct stanza?\n",
                    FailureKind::other_cluster, "system-id 1 do not match", "stanza-upgrade"},
        FailureCase{
            "ERROR: [029]: unable to load info file '/r/archive.info':\n"
            "       FormatError: key/value found outside of section at line 1: uu.\x01\xff\n",
            FailureKind::wrong_cipher, "cannot be read with this passphrase",
            "CITUS_BACKUP_CIPHER_PASS"},
        FailureCase{"ERROR: [047]: unable to create path '/r': [13] Permission denied\n",
                    FailureKind::no_permission, "may not write", "server's user"},
        FailureCase{
            "ERROR: [041]: unable to open file '/pgdata/x' for read: [13] Permission denied\n",
            FailureKind::unreadable_file, "may not read a file", "chown"},
        FailureCase{"ERROR: [064]: unable to write '/r/a.tmp': [28] No space left on device\n",
                    FailureKind::disk_full, "disk is full", "expire"},
        FailureCase{"ERROR: [049]: unable to connect to 'h:443': [111] Connection refused\n",
                    FailureKind::unreachable, "cannot be reached", "CITUS_BACKUP_REPO"},
        FailureCase{
            "ERROR: [095]: unable to load info file '/p/archive/app-0/archive.info':\n"
            "       CryptoError: unable to verify certificate presented by '127.0.0.1:4569': [18] "
            "self-signed certificate\n       HINT: is or was the repo encrypted?\n",
            FailureKind::untrusted, "is not trusted", "repo1-storage-ca-file"},
        FailureCase{"ERROR: [039]: HTTP request failed with 404 (Not Found):\n"
                    "       *** Path/Query ***:\n       GET /nope/?delimiter=%2F\n"
                    "       <Error><Code>NoSuchBucket</Code></Error>\n",
                    FailureKind::refused, "404 (Not Found): NoSuchBucket)", "bucket"},
        FailureCase{"ERROR: [039]: HTTP request failed with 403 (Forbidden):\n",
                    FailureKind::refused, "refuses the request", "CITUS_BACKUP_S3_KEY"},
        FailureCase{"ERROR: [082]: WAL segment 000000010000000000000002 was not archived before "
                    "the 60000ms timeout\n",
                    FailureKind::not_archived, "did not arrive", "check"},
        FailureCase{"ERROR: [045]: WAL file '000000010000000000000002' already exists in the repo1 "
                    "archive with a different checksum\n",
                    FailureKind::duplicate_segment, "a copy of this node", "Stop the copy"},
        FailureCase{"ERROR: [087]: archive_mode must be enabled\n", FailureKind::archiving_off,
                    "is off", "Restart the node"},
        FailureCase{"ERROR: [062]: stop file exists for all stanzas\n", FailureKind::stopped,
                    "pgbackrest stop", "start"},
        FailureCase{"", FailureKind::other, "pgBackRest failed", "check"}));

const FailedStanza kOfAHost{"app-0", "pgbackrest://b:8432", "/run/pgbackrest.conf"};

class HostFailures : public testing::TestWithParam<FailureCase> {};

TEST_P(HostFailures, HaveTheFixOfARepositoryHost) {
    const auto failure = read_failure(GetParam().errors, kOfAHost);
    EXPECT_EQ(failure.kind, GetParam().kind);
    EXPECT_THAT(failure.reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(failure.fix, HasSubstr(GetParam().fix));
}

INSTANTIATE_TEST_SUITE_P(
    , HostFailures,
    testing::Values(
        FailureCase{"ERROR: [103]: unable to find a valid repository:\n"
                    "       repo1: [HostConnectError] unable to connect to 'b:8432': [111] "
                    "Connection refused\n",
                    FailureKind::unreachable, "cannot be reached",
                    "`citus-init repository-host` runs at pgbackrest://b:8432"},
        FailureCase{"[CryptoError] unable to verify certificate presented by 'b:8432': [19] "
                    "self-signed certificate in certificate chain",
                    FailureKind::untrusted, "is not trusted", "the same CITUS_CLUSTER_SECRET"},
        FailureCase{"[ServiceError] TLS error [1:167773208] tlsv1 alert unknown ca",
                    FailureKind::not_admitted, "does not admit this node's certificate",
                    "the same CITUS_CLUSTER_SECRET"},
        FailureCase{"ERROR: [105]: raised from remote-0 tls protocol on 'b': access denied\n",
                    FailureKind::not_admitted, "does not admit", "the same CITUS_CLUSTER_SECRET"},
        FailureCase{"[CryptoError] unable to find hostname '127.0.0.2' in certificate common name "
                    "or subject alternative names",
                    FailureKind::wrong_name, "for another host name",
                    "CITUS_NODE_HOST of the repository host"},
        FailureCase{"ERROR: [039]: expected value '2.45' for greeting key 'version' but got "
                    "'2.55.1'\n",
                    FailureKind::other_pgbackrest, "different versions of pgBackRest",
                    "one version of pgBackRest"},
        FailureCase{"ERROR: [047]: raised from remote-0 tls protocol on 'b': unable to create path "
                    "'/r/archive': [13] Permission denied\n",
                    FailureKind::no_permission, "may not write", "On the repository host"},
        FailureCase{"ERROR: [032]: unable to determine cipher passphrase for 'citus-init/a.json'\n",
                    FailureKind::wrong_cipher, "with this passphrase",
                    "on the repository host and on every node"}));

// There the repository host has connected to the node, so the same words are of the other way.
TEST(Failure, OfARunOnTheHostIsOfItsConnectionToTheNode) {
    backup::Run run;
    run.code = 49;
    run.errors = "ERROR: [049]: unable to connect to 'w1:8432': [111] Connection refused\n";
    run.on_host = true;
    const auto text = text_of(failure_of(run, kOfAHost));
    EXPECT_THAT(text, HasSubstr("the repository host cannot reach pgBackRest's server of this node "
                                "([049]: unable to connect to 'w1:8432'"));
    EXPECT_THAT(text, HasSubstr("CITUS_BACKUP_LISTEN of this node"));
    run.errors = "ERROR: [103]: unable to find hostname 'w1' in certificate common name\n";
    EXPECT_THAT(text_of(failure_of(run, kOfAHost)), HasSubstr("in this node's certificate"));
}

TEST(Failure, OfARunAtItsDeadlineIsThatItHangs) {
    backup::Run run;
    run.code = 137;
    run.timed_out = true;
    EXPECT_EQ(failure_of(run, kStanza).kind, FailureKind::hanging);
    EXPECT_EQ(text_of(failure_of(run, kStanza)),
              "pgBackRest does not come to an end. Check whether posix:/backup responds");
}

// pgBackRest 2.45 does not say why a write was cut short.
TEST(Failure, ToWriteIsThatOfAFullDiskWhereItHasNoRoom) {
    constexpr const char* kErrors =
        "ERROR: [104]: archive-push command encountered error(s):\n"
        "       repo1: [FileWriteError] unable to write '/backup/x.pgbackrest.tmp'\n";
    EXPECT_EQ(read_failure(kErrors, kStanza).kind, FailureKind::cannot_write);
    FailedStanza full = kStanza;
    full.is_full = true;
    EXPECT_EQ(read_failure(kErrors, full).kind, FailureKind::disk_full);
}

TEST(Failure, IsBounded) {
    EXPECT_LT(read_failure("ERROR: [1]: " + std::string(100'000, 'x'), kStanza).reason.size(),
              400U);
}

TEST(Version, IsReadFromItsFirstLine) {
    EXPECT_EQ(parse_version("pgBackRest 2.45\n"), (Version{2, 45, 0}));
    EXPECT_EQ(parse_version("pgBackRest 2.53.1\n"), (Version{2, 53, 1}));
    EXPECT_EQ(parse_version("pgBackRest 2.46dev\n"), (Version{2, 46, 0}));
    for (const auto& wrong : {"", "pgBackRest", "pgBackRest x", "sh: 1: pgbackrest: not found",
                              "pgBackRest 2.99999999999"}) {
        EXPECT_FALSE(parse_version(wrong)) << wrong;
    }
}

TEST(Version, DecidesWhichServersItKnows) {
    for (const int major : {13, 14, 15, 19}) {
        EXPECT_FALSE(check_version({2, 45, 0}, major)) << major;
    }
    const auto problem = check_version({2, 45, 0}, 18);
    ASSERT_TRUE(problem);
    EXPECT_EQ(
        problem->text(),
        "CITUS_BACKUP: \"pgbackrest\" is pgBackRest 2.45 here, which does not know PostgreSQL "
        "18: it could not archive anything. Install pgBackRest 2.55 or newer in the image, use "
        "one with PostgreSQL 15, or set CITUS_BACKUP=none.");
    EXPECT_FALSE(check_version({2, 55, 0}, 18));
    EXPECT_TRUE(check_version({2, 53, 0}, 17));
    EXPECT_FALSE(check_version({2, 53, 1}, 17));
}

TEST(StanzaInfo, HasItsDatabases) {
    const auto info = parse_stanza_info(
        R"([{"archive":[],"backup":[],"cipher":"none","db":[{"id":1,"repo-key":1,"system-id":7713507512113241804,"version":"15"}],"name":"app-0","repo":[{"key":1,"status":{"code":2,"message":"no valid backups"}}],"status":{"code":2,"message":"no valid backups"}}])",
        "app-0");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->code, 2);
    EXPECT_EQ(info->message, "no valid backups");
    EXPECT_THAT(info->databases, ElementsAre(StanzaDatabase{"7713507512113241804", "15", 1}));
}

TEST(StanzaInfo, HasTheRepositorysMessage) {
    const auto info = parse_stanza_info(
        R"([{"db":[],"name":"app-0","repo":[{"key":1,"status":{"code":99,"message":"[FormatError] x"}}],"status":{"code":99,"message":"other"}}])",
        "app-0");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->message, "[FormatError] x");
}

TEST(StanzaInfo, IsRefusedWhereItIsNone) {
    for (const auto& wrong : {"", "[]", "{}", "[1]", R"([{"name":"b-0"}])", "[{\"name\":"}) {
        EXPECT_FALSE(parse_stanza_info(wrong, "app-0")) << wrong;
    }
}

TEST(RepositoryInfo, OfAWrongPassphraseIsReadThoughItIsNoJson) {
    const auto stanzas = parse_repository_info(
        "[{\"name\":\"app-0\",\"db\":[],\"backup\":[],\"status\":{\"code\":99,\"message\":"
        "\"[FormatError] key/value found outside of section at line 1: \xed\x1c\xafT\x07\"}}]");
    ASSERT_TRUE(stanzas) << stanzas.error().message;
    EXPECT_EQ(stanzas->front().code, 99);
    EXPECT_THAT(stanzas->front().message, HasSubstr("outside of section at line 1: ???T?"));
}

}  // namespace
}  // namespace citus_init::backup
