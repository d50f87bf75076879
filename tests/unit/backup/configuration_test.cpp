#include "citus_init/backup/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/backup/stanza.h"

namespace citus_init::backup {
namespace {

using testing::HasSubstr;
using testing::Not;

const LocalCluster kCluster{"/data", "/run/postgresql", "5432", "citus_init", "app"};

const LocalFiles kFiles{"/run/lock", "/run/ca.crt", "/run/backup.crt", "/run/backup.key"};

settings::BackupSettings posix() {
    settings::BackupSettings settings;
    settings.name = "app";
    settings.repository.path = "/backup";
    return settings;
}

std::string text(const settings::BackupSettings& settings, std::optional<int> group = 0) {
    return render_configuration(settings, kCluster, kFiles, group).reveal();
}

TEST(BackupConfiguration, IsThatOfAPosixRepository) {
    EXPECT_EQ(text(posix()),
              "# Written by citus-init at every start. Do not edit: changes here are lost.\n"
              "# Further options: CITUS_BACKUP_OPTIONS.\n"
              "\n[global]\n"
              "repo1-type=posix\n"
              "repo1-path=/backup\n"
              "lock-path=/run/lock\n"
              "log-level-file=off\n"
              "log-timestamp=n\n"
              "start-fast=y\n"
              "spool-path=/run/lock/spool\n"
              "\n[app-0]\n"
              "pg1-path=/data\n"
              "pg1-socket-path=/run/postgresql\n"
              "pg1-port=5432\n"
              "pg1-user=citus_init\n"
              "pg1-database=app\n");
}

TEST(BackupConfiguration, HasNoStanzaBeforeTheGroupIsKnown) {
    EXPECT_THAT(text(posix(), std::nullopt), Not(HasSubstr("pg1-")));
    EXPECT_THAT(text(posix(), 12), HasSubstr("\n[app-12]\n"));
}

TEST(BackupConfiguration, HasS3CipherAndRetention) {
    auto settings = posix();
    settings.repository = {settings::RepositoryKind::s3, "/p", "b", "h:9000", "r", "path"};
    settings.s3_key = Secret("k");
    settings.s3_key_secret = Secret("s");
    settings.cipher_pass = Secret("c");
    settings.retention_full = 2;
    settings.retention_diff = 3;
    EXPECT_THAT(text(settings), HasSubstr("repo1-type=s3\n"
                                          "repo1-path=/p\n"
                                          "repo1-s3-bucket=b\n"
                                          "repo1-s3-endpoint=h:9000\n"
                                          "repo1-s3-region=r\n"
                                          "repo1-s3-uri-style=path\n"
                                          "repo1-s3-key=k\n"
                                          "repo1-s3-key-secret=s\n"
                                          "repo1-cipher-type=aes-256-cbc\n"
                                          "repo1-cipher-pass=c\n"
                                          "repo1-retention-full=2\n"
                                          "repo1-retention-diff=3\n"));
}

// pgBackRest refuses an option that stands twice.
TEST(BackupConfiguration, TakesAnOptionOfTheUserInPlaceOfItsOwn) {
    auto settings = posix();
    settings.options = {{"start-fast", "n"}, {"process-max", "4"}};
    EXPECT_THAT(
        text(settings),
        HasSubstr("log-timestamp=n\nspool-path=/run/lock/spool\nstart-fast=n\nprocess-max=4\n"));
    EXPECT_THAT(text(settings), Not(HasSubstr("start-fast=y")));
}

settings::BackupSettings with_host() {
    auto settings = posix();
    settings.repository = {settings::RepositoryKind::host, ""};
    settings.repository.host = {"backup.example", 8433};
    settings.cipher_pass = Secret("hush");
    settings.retention_full = 2;
    return settings;
}

TEST(BackupConfiguration, OfARepositoryHostHasBothSidesOfItsTls) {
    EXPECT_EQ(text(with_host()),
              "# Written by citus-init at every start. Do not edit: changes here are lost.\n"
              "# Further options: CITUS_BACKUP_OPTIONS.\n"
              "\n[global]\n"
              "repo1-host=backup.example\n"
              "repo1-host-type=tls\n"
              "repo1-host-port=8433\n"
              "repo1-host-ca-file=/run/ca.crt\n"
              "repo1-host-cert-file=/run/backup.crt\n"
              "repo1-host-key-file=/run/backup.key\n"
              "lock-path=/run/lock\n"
              "log-level-file=off\n"
              "log-timestamp=n\n"
              "start-fast=y\n"
              "spool-path=/run/lock/spool\n"
              "io-timeout=20\n"
              "tls-server-address=0.0.0.0\n"
              "tls-server-port=8432\n"
              "tls-server-ca-file=/run/ca.crt\n"
              "tls-server-cert-file=/run/backup.crt\n"
              "tls-server-key-file=/run/backup.key\n"
              "tls-server-auth=citus-init-repository=app-0\n"
              "\n[app-0]\n"
              "pg1-path=/data\n"
              "pg1-socket-path=/run/postgresql\n"
              "pg1-port=5432\n"
              "pg1-user=citus_init\n"
              "pg1-database=app\n");
    EXPECT_THAT(text(with_host(), std::nullopt), Not(HasSubstr("tls-server")))
        << "there is no stanza to admit anybody to";
}

TEST(BackupConfiguration, OfTheRepositoryHostItselfAdmitsNodes) {
    auto settings = posix();
    settings.listen = {"::", 9000};
    settings.cipher_pass = Secret("c");
    settings.retention_full = 2;
    const std::string text = render_host_configuration(settings, kFiles).reveal();
    EXPECT_THAT(text, HasSubstr("repo1-path=/backup\nrepo1-cipher-type=aes-256-cbc\n"
                                "repo1-cipher-pass=c\nrepo1-retention-full=2\n"));
    EXPECT_THAT(text, HasSubstr("tls-server-address=::\ntls-server-port=9000\n"));
    EXPECT_THAT(text, HasSubstr("tls-server-auth=citus-init-node=*\n"));
    EXPECT_THAT(text, Not(HasSubstr("pg1-")));
}

TEST(BackupConfiguration, IsReadBack) {
    const auto read = parse_local_cluster(text(with_host(), 3), "app-3");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->data_directory, "/data");
    EXPECT_EQ(read->socket_directory, "/run/postgresql");
    EXPECT_EQ(read->port, "5432");
    EXPECT_EQ(read->user, "citus_init");
    EXPECT_EQ(read->database, "app");
    EXPECT_FALSE(parse_local_cluster(text(with_host(), 3), "app-1"));
    EXPECT_FALSE(parse_local_cluster("", "app-1"));
}

TEST(BackupConfiguration, IsShownWithoutSecrets) {
    auto settings = posix();
    settings.s3_key = Secret("hush");
    settings.cipher_pass = Secret("hush");
    settings.options = {{"repo1-azure-key", "hush"}, {"process-max", "4"}};
    const auto shown = shown_configuration(settings, kCluster, kFiles, 0);
    EXPECT_THAT(shown, Not(HasSubstr("hush")));
    EXPECT_THAT(shown, HasSubstr("repo1-cipher-pass=***"));
    EXPECT_THAT(shown, HasSubstr("process-max=4"));
}

TEST(ArchiveCommand, QuotesPathsForTheShellAndTheServer) {
    EXPECT_EQ(restore_command("/run/it's/pgbackrest.conf", "app-0", "/da ta"),
              "pgbackrest --config='/run/it'\\''s/pgbackrest.conf' --stanza=app-0 "
              "--pg1-path='/da ta' archive-get %f \"%p\"; "
              "code=$?; [ $code -le 1 ] || code=255; exit $code");
    EXPECT_EQ(archive_command("/run/a b/pgbackrest.conf", "/run/it's 5%/e", "app-0"),
              "pgbackrest --config='/run/a b/pgbackrest.conf' --log-level-stderr=warn "
              "--stanza=app-0 archive-push \"%p\" 2>'/run/it'\\''s 5%%/e' || { cat '/run/it'\\''s "
              "5%%/e' >&2; exit 1; }");
}

TEST(Stanza, IsNamedByClusterAndGroup) {
    EXPECT_EQ(stanza_name(posix(), 3), "app-3");
    EXPECT_EQ(stanza_place(posix(), 3), "app-3 in posix:/backup");
}

}  // namespace
}  // namespace citus_init::backup
