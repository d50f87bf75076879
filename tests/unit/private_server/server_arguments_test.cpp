#include "citus_init/private_server/server_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::private_server {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServerArguments, LetNobodyElseIn) {
    const auto arguments = server_arguments({17, "/b", "/d", "citus"}, {"/run/s", "/run/s/hba"});
    for (const char* expected : {"listen_addresses=", "unix_socket_directories=/run/s",
                                 "hba_file=/run/s/hba", "citus.recover_2pc_interval=-1"}) {
        EXPECT_THAT(arguments, Contains(expected));
    }
    EXPECT_THAT(server_arguments({17, "/b", "/d", ""}, {"/s", "/h"}),
                Not(Contains(HasSubstr("citus."))));
}

}  // namespace
}  // namespace citus_init::private_server
