#include "settings/hba_checks.h"

#include <gtest/gtest.h>

namespace citus_init::settings {
namespace {

TEST(HbaChecks, TakesWhatTheServerTakes) {
    for (const char* line :
         {"", "# only a comment", "local all all trust", "local a,\"b c\", d e peer map=x",
          "hostssl all all 10.0.0.0 255.0.0.0 cert clientcert=verify-full",
          "host all all ::1/128 scram-sha-256 # md4", "host all all all \\\n  md5\r",
          "host all all all \\\r\n  md5\r\n", "\"host\" all all all \"md5\"",
          "include_if_exists other.conf", "hostnogssenc all +g samenet reject"}) {
        EXPECT_TRUE(check_hba_lines(line).empty()) << line;
    }
}

TEST(HbaChecks, RefusesWhatTheServerRefuses) {
    for (const auto& [text, part] :
         {std::pair{"host all all all scram", "line 1 has the authentication method \"scram\""},
          {"# x\nlocal all all cram-md5", "line 2 has the authentication method \"cram-md5\""},
          {"hosts all all all md5", "line 1 has the connection type \"hosts\""},
          {"local all all", "line 1 ends before its authentication method"},
          {"host all all 10.0.0.0 255.0.0.0", "line 1 ends before its authentication method"}}) {
        const auto complaints = check_hba_lines(text);
        ASSERT_EQ(complaints.size(), 1) << text;
        EXPECT_NE(complaints.front().reason.find(part), std::string::npos)
            << complaints.front().reason;
    }
}

}  // namespace
}  // namespace citus_init::settings
