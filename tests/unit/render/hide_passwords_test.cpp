#include "citus_init/render/hide_passwords.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "citus_init/base/text.h"

namespace citus_init::render {
namespace {

TEST(HidePasswords, MasksEveryPlaceOfAPassword) {
    const std::vector<std::pair<const char*, const char*>> table{
        {"host=a password=geheim user=b", "host=a password=*** user=b"},
        {"primary_conninfo = 'password=geheim'  # x", "primary_conninfo = 'password=***'  # x"},
        {"c = 'password = ''ge heim'' user=b'", "c = 'password = *** user=b'"},
        {"c = 'PASSWORD=\\'ge heim\\' user=b'", "c = 'PASSWORD=*** user=b'"},
        {"host all all all ldap ldapbindpasswd=\"ge heim\" x=1",
         "host all all all ldap ldapbindpasswd=*** x=1"},
        {"radiussecrets=geheim", "radiussecrets=***"},
        {"c = 'postgresql://u:geheim@h/db'", "c = 'postgresql://u:***@h/db'"},
        {"postgres://u@h:5432/db", "postgres://u@h:5432/db"},
        {"c = 'postgres://u:ge@heim@h/db'", "c = 'postgres://u:***@h/db'"},
        {"archive_command = 'AWS_SECRET_ACCESS_KEY=geheim wal-g push %p'",
         "archive_command = 'AWS_SECRET_ACCESS_KEY=*** wal-g push %p'"},
        {"c = 'PGPASSWORD=geheim AZURE_ACCOUNT_KEY=geheim TOKEN=geheim cp'",
         "c = 'PGPASSWORD=*** AZURE_ACCOUNT_KEY=*** TOKEN=*** cp'"},
        {"c = 'curl ftp://u:geheim@example.com/%p'", "c = 'curl ftp://u:***@example.com/%p'"},
        {"oauth client_secret=geheim", "oauth client_secret=***"},
        {"ssl_key_file = 'server.key'", "ssl_key_file = 'server.key'"},
        {"c = 'http://example.com:80/a b@c'", "c = 'http://example.com:80/a b@c'"},
        {"password_encryption = 'md5'", "password_encryption = 'md5'"},
        {"password='unclosed geheim\nnext = 1", "password=***\nnext = 1"},
        {"password=", "password="}};
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(hide_passwords(text), expected);
    }
}

// Variables and options of pgBackRest, WAL-G, WAL-E, Barman, rclone and restic.
constexpr std::string_view kSecretsOfTools =
    "PGBACKREST_REPO1_CIPHER_PASS PGBACKREST_REPO1_AZURE_KEY PGBACKREST_REPO1_GCS_KEY "
    "PGBACKREST_REPO1_S3_KEY PGBACKREST_REPO1_S3_KEY_SECRET PGBACKREST_REPO1_S3_TOKEN "
    "PGBACKREST_REPO1_SFTP_PRIVATE_KEY_PASSPHRASE --repo1-cipher-pass --repo1-azure-key "
    "--repo1-gcs-key --repo2-s3-key --repo2-s3-key-secret --repo2-s3-token "
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN WALG_PGP_KEY WALG_PGP_KEY_PASSPHRASE "
    "WALG_LIBSODIUM_KEY AZURE_STORAGE_ACCESS_KEY AZURE_STORAGE_KEY AZURE_STORAGE_SAS_TOKEN "
    "AZURE_CLIENT_SECRET AZURE_STORAGE_CONNECTION_STRING GCS_ENCRYPTION_KEY S3_SSE_C "
    "WALG_S3_SSE_C WABS_ACCESS_KEY OS_PASSWORD SSH_PASSWORD SSHPASS RCLONE_CONFIG_PASS "
    "RCLONE_CONFIG_FTP_PASS RCLONE_FTP_PASS RCLONE_CONFIG_C_PASSWORD2 RCLONE_CONFIG_B2_KEY "
    "RCLONE_CONFIG_S3_SECRET_ACCESS_KEY RCLONE_CONFIG_S3_SSE_CUSTOMER_KEY "
    "RCLONE_CONFIG_S3_SSE_CUSTOMER_KEY_BASE64 RCLONE_CONFIG_GCS_SERVICE_ACCOUNT_CREDENTIALS "
    "RCLONE_CONFIG_SFTP_KEY_PEM RCLONE_CONFIG_SFTP_KEY_FILE_PASS RCLONE_CONFIG_AZ_SAS_URL "
    "RCLONE_CONFIG_WEBDAV_BEARER_TOKEN B2_APPLICATION_KEY RESTIC_PASSWORD";

TEST(HidePasswords, MasksTheSecretsOfArchivingTools) {
    for (const std::string& name : split(kSecretsOfTools, ' ')) {
        const std::string command = "archive_command = 'x " + name;
        EXPECT_EQ(hide_passwords(command + "=geheim cp %p'"), command + "=*** cp %p'");
        EXPECT_EQ(hide_passwords(command + "=\"ge heim\" cp %p'"), command + "=*** cp %p'");
    }
}

TEST(HidePasswords, MasksTheValueOfAnOptionBehindABlankAndNoOtherKey) {
    const std::vector<std::pair<const char*, const char*>> table{
        {"gpg --passphrase geheim -c", "gpg --passphrase *** -c"},
        {"pgbackrest --repo1-cipher-pass geheim x", "pgbackrest --repo1-cipher-pass *** x"},
        {"pg_dump --no-password db", "pg_dump --no-password db"},
        {"psql --password -c 1", "psql --password -c 1"},
        {"gpg --passphrase", "gpg --passphrase"},
        {"curl 'x;AccountKey=geheim;y'", "curl 'x;AccountKey=***'"},
        {"sslkey='/tls/node.key'", "sslkey='/tls/node.key'"},
        {"WALG_PGP_KEY_PATH=/k AWS_ACCESS_KEY_ID=id", "WALG_PGP_KEY_PATH=/k AWS_ACCESS_KEY_ID=id"},
        {"WHERE part_key = 5 AND first_pass", "WHERE part_key = 5 AND first_pass"}};
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(hide_passwords(text), expected);
    }
}

}  // namespace
}  // namespace citus_init::render
