#include "citus_init/base/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init {
namespace {

// RFC 4648, section 10, and all bytes of two digits.
TEST(Base64, IsThatOfTheRfc) {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"},
                                                            {"\xfb\xff", "+/8="}};
    for (const auto& [bytes, text] : examples) {
        EXPECT_EQ(base64_encode(bytes), text);
        EXPECT_EQ(base64_decode(text), bytes);
    }
}

TEST(Base64, RefusesWhatItIsNot) {
    for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm-v", "Zh==", "=Zg="}) {
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
    }
}

TEST(Base64, ComesBackAsItWas) {
    const bool ok = rc::check(
        [](const std::string& bytes) { RC_ASSERT(base64_decode(base64_encode(bytes)) == bytes); });
    EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace citus_init
