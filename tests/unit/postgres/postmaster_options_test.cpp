#include "citus_init/postgres/postmaster_options.h"

#include <gtest/gtest.h>

namespace citus_init::postgres {
namespace {

TEST(PostmasterOptions, AreThePlainProgramAndQuotedWords) {
    EXPECT_EQ(
        postmaster_options({"/usr/lib/postgresql/15/bin/postgres", "-D", "/data", "-c", "a=b c"}),
        "/usr/lib/postgresql/15/bin/postgres \"-D\" \"/data\" \"-c\" \"a=b c\"\n");
}

TEST(PostmasterOptions, EscapeWhatTheShellOfPgCtlExpands) {
    EXPECT_EQ(postmaster_options({"p", R"(a="$HOME" `id` \x)"}),
              "p \"a=\\\"\\$HOME\\\" \\`id\\` \\\\x\"\n");
}

TEST(PostmasterOptions, OfAWordWithANewlineDoNotExist) {
    EXPECT_EQ(postmaster_options({"p", "a\nb"}), std::nullopt);
}

}  // namespace
}  // namespace citus_init::postgres
