#include "network/dns_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/network/name_server.h"

namespace citus_init::network {
namespace {

using testing::ElementsAre;

std::vector<unsigned char> bytes_of(const std::string& text) {
    return {text.begin(), text.end()};
}

std::string query(const std::string& name) {
    return std::string("\1\2\1\0\0\1\0\0\0\0\0\0", 12) + test::dns_name(name) +
           std::string("\0\41\0\1", 4);
}

std::string answer() {
    return test::dns_answer(
        query("_pg._tcp.w"), 33,
        {test::dns_service(1, 2, 5432, "a.net"), test::dns_service(3, 4, 5433, "b")});
}

TEST(DnsAnswer, HoldsTheRecordsOfItsType) {
    EXPECT_THAT(parse_dns_answer(bytes_of(answer()), RecordType::srv).value(),
                ElementsAre(DnsRecord{"a.net", 5432, 1, 2}, DnsRecord{"b", 5433, 3, 4}));
}

TEST(DnsAnswer, PassesOverRecordsOfOtherTypes) {
    EXPECT_THAT(parse_dns_answer(bytes_of(answer()), RecordType::ptr).value(), ElementsAre());
}

TEST(DnsAnswer, IsMalformedWhereverItIsCutOff) {
    const auto whole = bytes_of(answer());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<unsigned char> part(whole.begin(),
                                              whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(parse_dns_answer(part, RecordType::srv)) << size;
    }
}

TEST(DnsAnswer, IsMalformedWhereARecordIsLongerThanItSays) {
    auto message = test::dns_answer(query("w"), 12, {test::dns_name("long.name") + "more"});
    EXPECT_FALSE(parse_dns_answer(bytes_of(message), RecordType::ptr));
}

RC_GTEST_PROP(DnsAnswer, MayBeAnyBytes, (std::vector<unsigned char> message)) {
    static_cast<void>(parse_dns_answer(message, RecordType::ptr));
    static_cast<void>(parse_dns_answer(message, RecordType::srv));
}

}  // namespace
}  // namespace citus_init::network
