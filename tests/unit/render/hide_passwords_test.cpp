#include "citus_init/render/hide_passwords.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace citus_init::render
