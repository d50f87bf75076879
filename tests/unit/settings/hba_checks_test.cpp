#include "settings/hba_checks.h"

#include <gtest/gtest.h>

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

TEST(HbaChecks, TakesWhatTheServerTakes) {
    for (const char* line :
         {"", "# only a comment", "local all all trust", "local a,\"b c\", d e peer map=x",
          "hostssl all all 10.0.0.0 255.0.0.0 cert clientcert=verify-full",
          "host all all ::1/128 scram-sha-256 # md4", "host all all all \\\n  md5\r",
          "host all all all \\\r\n  md5\r\n", "\"host\" all all all \"md5\"",
          "host all all all ldap ldapserver=a ldapbasedn=\"dc=a, dc=b\" ldapbindpasswd=hush",
          "host all all all ldap ldapurl=\"ldap://a/dc=b?uid?sub\"",
          "local all all pam pamservice=x",
          "host all all all radius radiusservers=\"a,b\" radiussecrets=\"hush, \"\"x\"\"\"",
          "hostssl all all all scram-sha-256 clientcert=verify-ca", "host all all all ident map=x",
          "host all all all gss include_realm=0 krb_realm=X",
          "host all all all oauth issuer=https://example.com scope=\"openid\" validator=v",
          "include_if_exists other.conf", "hostnogssenc all +g samenet reject"}) {
        EXPECT_TRUE(check_hba_lines(line).empty()) << line;
    }
}

TEST(HbaChecks, RefusesWhatTheServerRefuses) {
    for (const auto& [text, part] :
         {std::pair{"host all all all scram", "line 1 has the authentication method \"scram\""},
          {"# x\nlocal all all cram-md5", "line 2 has the authentication method \"cram-md5\""},
          {"hosts all all all md5", "line 1 has the connection type \"hosts\""},
          {"host all all all peer", "line 1 has the authentication method peer"},
          {"host all all all cert", "for hostssl lines only"},
          {"local all all gss", "which local lines do not take"},
          {"host all all all ldap ldapserver=a ldapprefix=b ldapfoo=hush", "option \"ldapfoo\""},
          {"host all all all ldap ldapserver=a", "the method ldap without ldapbasedn, ldapprefix"},
          {"host all all all radius radiusservers=a", "the method radius without radiussecrets"},
          {"host all all all md5 map=x", "option map, which the method md5 does not take"},
          {"host all all all md5 clientcert=verify-ca", "does not take on such a line"},
          {"host all all all ldap ldapprefix=a hush", "a word behind the method ldap"},
          {"local all all", "line 1 ends before its authentication method"},
          {"host all all 10.0.0.0 255.0.0.0", "line 1 ends before its authentication method"}}) {
        const auto complaints = check_hba_lines(text);
        ASSERT_EQ(complaints.size(), 1) << text;
        EXPECT_NE(complaints.front().reason.find(part), std::string::npos)
            << complaints.front().reason;
        EXPECT_EQ(complaints.front().reason.find("hush"), std::string::npos);
    }
}

TEST(HbaChecks, AreMadeOfTheOfficialImagesMethodWithoutShowingItsOptions) {
    EXPECT_TRUE(
        load({{"POSTGRES_HOST_AUTH_METHOD", "ldap ldapserver=a ldapprefix=b ldapbindpasswd=hush"}})
            .problems.empty());
    for (const char* method : {"ldap ldapserver=a ldapbindpasswd=hush", "ldapx ldapbindpasswd=hush",
                               "peer", "ldap ldapprefix=a ldapfoo=hush", "md5 hush"}) {
        const auto problems = load({{"POSTGRES_HOST_AUTH_METHOD", method}}).problems;
        ASSERT_EQ(problems.size(), 1) << method;
        EXPECT_EQ(problems.front().find("hush"), std::string::npos) << problems.front();
    }
}

}  // namespace
}  // namespace citus_init::settings
