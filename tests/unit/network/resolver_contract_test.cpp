#include <functional>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/network/resolver.h"

#include "support/fake_resolver.h"
#include "unit/network/name_server.h"

// What every Resolver promises, on the real one with a name server of the test's own, and on the
// one that other tests use instead.

namespace citus_init::network {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int kPtr = 12;
constexpr int kSrv = 33;

// Known are 10.0.0.7, 2001:db8::7 and the service _pg._tcp.worker; nobody answers for 10.0.0.9.
struct Subject {
    std::shared_ptr<void> server;
    std::unique_ptr<Resolver> resolver;
};

Subject real_subject() {
    using test::dns_name;
    using test::dns_service;
    const std::string reverse_of_ipv6 =
        "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    auto server = std::make_shared<test::NameServer>(test::NameServer::Records{
        {{"7.0.0.10.in-addr.arpa", kPtr}, {dns_name("b_1.net"), dns_name("a-1.net")}},
        {{reverse_of_ipv6, kPtr}, {dns_name("six.net")}},
        {{"_pg._tcp.worker", kSrv},
         {dns_service(1, 2, 5433, "w1.net"), dns_service(3, 4, 5434, "w2.net")}}});
    auto resolver = std::make_unique<SystemResolver>("127.0.0.1", server->port());
    return {std::move(server), std::move(resolver)};
}

Subject fake_subject() {
    auto resolver = std::make_unique<citus_init::test::FakeResolver>();
    resolver->addresses = {{"localhost", {"127.0.0.1"}}, {"10.0.0.7", {"10.0.0.7"}}};
    resolver->names = {{"10.0.0.7", {"b_1.net", "a-1.net"}}, {"2001:db8::7", {"six.net"}}};
    resolver->targets = {{"_pg._tcp.worker", {{"w1.net", 5433, 1, 2}, {"w2.net", 5434, 3, 4}}}};
    resolver->silent = {"10.0.0.9"};
    return {nullptr, std::move(resolver)};
}

class ResolverContract : public testing::TestWithParam<Subject (*)()> {
  protected:
    Subject subject_ = GetParam()();
    const Resolver& resolver() const { return *subject_.resolver; }
};

TEST_P(ResolverContract, ReportsTheAddressesOfANameOnceEach) {
    const auto addresses = resolver().addresses_of("localhost");
    ASSERT_TRUE(addresses) << addresses.error().message;
    EXPECT_THAT(*addresses, Contains("127.0.0.1").Times(1));
}

TEST_P(ResolverContract, TakesAnAddressForItself) {
    EXPECT_THAT(resolver().addresses_of("10.0.0.7").value(), ElementsAre("10.0.0.7"));
}

TEST_P(ResolverContract, NeverInventsAnAddress) {
    const auto addresses = resolver().addresses_of("no-such-name.invalid");
    EXPECT_TRUE(!addresses || addresses->empty());
}

TEST_P(ResolverContract, ReportsEveryNameOfAnAddress) {
    EXPECT_THAT(resolver().names_of("10.0.0.7").value(),
                UnorderedElementsAre("a-1.net", "b_1.net"));
    EXPECT_THAT(resolver().names_of("2001:db8::7").value(), ElementsAre("six.net"));
}

TEST_P(ResolverContract, AnswersNothingWhereThereIsNothing) {
    EXPECT_THAT(resolver().names_of("10.0.0.8").value(), IsEmpty());
    EXPECT_THAT(resolver().names_of("no address").value(), IsEmpty());
    EXPECT_THAT(resolver().targets_of("_pg._tcp.nobody").value(), IsEmpty());
}

TEST_P(ResolverContract, ReportsTheTargetsOfAService) {
    EXPECT_THAT(resolver().targets_of("_pg._tcp.worker").value(),
                UnorderedElementsAre(ServiceTarget{"w1.net", 5433, 1, 2},
                                     ServiceTarget{"w2.net", 5434, 3, 4}));
}

TEST_P(ResolverContract, DistinguishesSilenceFromNothing) {
    const auto names = resolver().names_of("10.0.0.9");
    ASSERT_FALSE(names);
    EXPECT_EQ(names.error().code, ExitCode::unavailable);
    EXPECT_FALSE(names.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(Resolver, ResolverContract, testing::Values(&real_subject, &fake_subject),
                         [](const auto& subject) { return subject.index == 0 ? "Real" : "Fake"; });

}  // namespace
}  // namespace citus_init::network
