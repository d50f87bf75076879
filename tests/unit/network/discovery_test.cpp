#include "citus_init/network/discovery.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/fake_resolver.h"

namespace citus_init {

void PrintTo(const HostPort& address, std::ostream* out) {
    *out << address.text();
}

}  // namespace citus_init

namespace citus_init::network {

namespace {

using citus_init::test::FakeResolver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const DiscoveryQuery kWorkers{QueryKind::addresses, "worker", 5432};
const DiscoveryQuery kService{QueryKind::service, "_pg._tcp.worker"};
const Self kSelf{{"coordinator"}, {"172.18.0.2"}, 5432};

FakeResolver three_workers() {
    FakeResolver resolver;
    resolver.add_container("app_worker_10.app", "172.18.0.10", "worker");
    resolver.add_container("app_worker_2.app", "172.18.0.9", "worker");
    resolver.add_container("app_worker_1.app", "172.18.0.3", "worker");
    return resolver;
}

std::vector<HostPort> found(const FakeResolver& resolver, const DiscoveryQuery& query = kWorkers,
                            const KnownNames& known = {}) {
    auto outcome = discover(resolver, query, kSelf, known);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? outcome->endpoints : std::vector<HostPort>();
}

TEST(Discover, NamesEveryAddressInTheOrderOfTheAddresses) {
    EXPECT_THAT(found(three_workers()),
                ElementsAre(HostPort{"app_worker_1.app", 5432}, HostPort{"app_worker_2.app", 5432},
                            HostPort{"app_worker_10.app", 5432}));
}

TEST(Discover, TakesTheAddressItselfWhereItHasNoName) {
    FakeResolver resolver;
    resolver.addresses["worker"] = {"2001:db8::1", "10.0.0.2", "10.0.0.1", "10.0.0.2"};
    EXPECT_THAT(found(resolver), ElementsAre(HostPort{"10.0.0.1", 5432}, HostPort{"10.0.0.2", 5432},
                                             HostPort{"2001:db8::1", 5432}));
}

TEST(Discover, LeavesTheAskingNodeOutUnlessThePortIsAnothers) {
    FakeResolver resolver = three_workers();
    resolver.add_container("app_coordinator.app", "172.18.0.2", "worker");
    resolver.addresses["worker"].push_back("127.0.0.1");
    EXPECT_EQ(found(resolver).size(), 3U);
    DiscoveryQuery other = kWorkers;
    other.port = 5433;
    EXPECT_EQ(found(resolver, other).size(), 5U);
}

TEST(Discover, FindsNobodyWhereTheNameLeadsToTheAskingNodeAlone) {
    FakeResolver resolver;
    resolver.addresses["worker"] = {"172.18.0.2"};
    EXPECT_THAT(found(resolver), IsEmpty());
}

TEST(Discover, KeepsANameThatCannotBeAskedFor) {
    FakeResolver resolver = three_workers();
    resolver.silent = {"172.18.0.3", "172.18.0.9"};
    EXPECT_THAT(found(resolver, kWorkers, {{"172.18.0.3", "app_worker_1.app"}}),
                ElementsAre(HostPort{"app_worker_1.app", 5432}, HostPort{"172.18.0.9", 5432},
                            HostPort{"app_worker_10.app", 5432}));
}

TEST(Discover, PrefersTheNameOfNowToTheOneOfBefore) {
    EXPECT_THAT(found(three_workers(), kWorkers, {{"172.18.0.3", "app_worker_7.app"}}),
                testing::Contains(HostPort{"app_worker_1.app", 5432}));
}

TEST(Discover, FailsOnSilenceAndOnAnEmptyAnswer) {
    FakeResolver resolver;
    for (const auto& query : {kWorkers, kService}) {
        const auto nothing = discover(resolver, query, kSelf, {});
        ASSERT_FALSE(nothing);
        EXPECT_EQ(nothing.error().code, ExitCode::unavailable);
        EXPECT_THAT(nothing.error().message, HasSubstr("the resolver has no"));
        EXPECT_THAT(nothing.error().message, HasSubstr(query.name));
    }
    resolver.silent = {"worker", "_pg._tcp.worker"};
    EXPECT_FALSE(discover(resolver, kWorkers, kSelf, {}));
    EXPECT_FALSE(discover(resolver, kService, kSelf, {}));
}

TEST(Discover, OrdersTheTargetsOfAServiceAndLeavesTheAskingNodeOut) {
    FakeResolver resolver;
    resolver.targets["_pg._tcp.worker"] = {{"late", 5432, 2, 9},       {"light", 5432, 1, 1},
                                           {"heavy", 5433, 1, 5},      {"coordinator", 5432, 0, 0},
                                           {"alias", 5432, 0, 0},      {"bad\tname", 5432, 0, 0},
                                           {"coordinator", 5433, 3, 0}};
    resolver.addresses["alias"] = {"172.18.0.2"};
    EXPECT_THAT(found(resolver, kService),
                ElementsAre(HostPort{"heavy", 5433}, HostPort{"light", 5432},
                            HostPort{"late", 5432}, HostPort{"coordinator", 5433}));
}

RC_GTEST_PROP(Discover, DoesNotDependOnTheOrderOfTheAnswer, ()) {
    const auto numbers = *rc::gen::container<std::vector<int>>(rc::gen::inRange(3, 250));
    FakeResolver forward;
    for (const int number : numbers) {
        forward.addresses["worker"].push_back("172.18.0." + std::to_string(number));
    }
    forward.addresses["worker"].push_back("172.18.0.251");
    FakeResolver backward = forward;
    auto& addresses = backward.addresses["worker"];
    std::reverse(addresses.begin(), addresses.end());
    RC_ASSERT(found(forward) == found(backward));
}

TEST(Discovery, KeepsTheLastListWhileThereIsNoAnswer) {
    FakeResolver resolver = three_workers();
    Discovery discovery(kWorkers, resolver);
    EXPECT_TRUE(discovery.probe(kSelf).complete);
    const auto before = discovery.probe(kSelf).endpoints;
    ASSERT_EQ(before.size(), 3U);
    for (const auto& silent : {std::set<std::string>{"worker"}, std::set<std::string>{}}) {
        FakeResolver gone;
        gone.silent = silent;
        resolver = gone;
        const auto& answer = discovery.probe(kSelf);
        EXPECT_FALSE(answer.complete);
        EXPECT_EQ(answer.endpoints, before);
        EXPECT_THAT(answer.problem, HasSubstr("\"worker\""));
    }
    resolver = three_workers();
    resolver.silent = {"172.18.0.3", "172.18.0.9", "172.18.0.10"};  // names are remembered
    EXPECT_TRUE(discovery.probe(kSelf).complete);
    EXPECT_EQ(discovery.probe(kSelf).endpoints, before);
    EXPECT_EQ(discovery.probe(kSelf).problem, "");
}

// A resolver like glibc's with a name server that drops everything.
class HangingResolver final : public Resolver {
  public:
    [[nodiscard]] Result<std::vector<std::string>> addresses_of(const std::string&) const override {
        for (;;) {
            ::pause();
        }
    }
    [[nodiscard]] Result<std::vector<std::string>> names_of(const std::string&) const override {
        return fail(ExitCode::unavailable, "");
    }
    [[nodiscard]] Result<std::vector<ServiceTarget>> targets_of(const std::string&) const override {
        return fail(ExitCode::unavailable, "");
    }
};

TEST(Discovery, IsBoundedWhereTheResolverIsNot) {
    const HangingResolver resolver;
    Discovery discovery(kWorkers, resolver, std::chrono::milliseconds(50));
    const auto& answer = discovery.probe(kSelf);
    EXPECT_FALSE(answer.complete);
    EXPECT_THAT(answer.problem, HasSubstr("no answer within 50 ms"));
}

}  // namespace
}  // namespace citus_init::network
