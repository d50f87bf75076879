#include "libpq/authentication_answer.h"

#include <string>

#include <gtest/gtest.h>

namespace citus_init::libpq {
namespace {

using namespace std::string_literals;

const std::string kOk = "R\0\0\0\x08\0\0\0\0"s;
const std::string kClear = "R\0\0\0\x08\0\0\0\x03"s;
const std::string kMd5 = "R\0\0\0\x0c\0\0\0\x05salt"s;
const std::string kSasl = "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"s;
const std::string kNotice = "N\0\0\0\x08SX\0\0"s;

TEST(AuthenticationAnswer, KnowsWhatAsksForAPasswordInClearText) {
    struct Case {
        std::string bytes;
        AuthenticationAnswer expected;
    };
    using enum AuthenticationAnswer;
    for (const auto& [bytes, expected] :
         {Case{"", harmless}, Case{kOk, harmless}, Case{kMd5, harmless}, Case{kSasl, harmless},
          Case{kNotice + kSasl, harmless}, Case{"Esome error of protocol 2\n", harmless},
          Case{kClear, asks_in_clear}, Case{kNotice + kClear, asks_in_clear},
          Case{kSasl + kClear, asks_in_clear}, Case{kOk + kClear + "more", asks_in_clear},
          Case{"R\0\0\0\x63\0\0\0\x03"s, asks_in_clear},  // whatever length it claims
          Case{"R", incomplete}, Case{kClear.substr(0, 8), incomplete},
          Case{kNotice + "R\0"s, incomplete}, Case{kNotice.substr(0, 6), incomplete},
          Case{"N\0\0\0\0"s, incomplete}}) {
        EXPECT_EQ(authentication_answer(bytes), expected) << bytes;
    }
}

}  // namespace
}  // namespace citus_init::libpq
