#include "citus_init/network/node_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_resolver.h"

namespace citus_init::network {
namespace {

using citus_init::test::FakeResolver;
using testing::ElementsAre;

FakeResolver docker() {
    FakeResolver resolver;
    resolver.add_container("shop_worker_1.shop_default", "172.18.0.3", "worker");
    return resolver;
}

TEST(StableName, IsTheOneThatLeadsBackToTheAddress) {
    FakeResolver resolver = docker();
    resolver.names["172.18.0.3"] = {"a-lie.example", "shop_worker_1.shop_default"};
    resolver.addresses["a-lie.example"] = {"192.0.2.1"};
    EXPECT_EQ(stable_name_of(resolver, "172.18.0.3").value(), "shop_worker_1.shop_default");
}

TEST(StableName, IsTheFirstByTheAlphabetSoThatItStaysTheSame) {
    FakeResolver resolver;
    resolver.addresses = {{"a", {"10.0.0.1"}}, {"b", {"10.0.0.1"}}};
    for (const auto& names : {std::vector<std::string>{"a", "b"}, {"b", "a"}}) {
        resolver.names["10.0.0.1"] = names;
        EXPECT_EQ(stable_name_of(resolver, "10.0.0.1").value(), "a");
    }
}

TEST(StableName, IsNoneWhereNothingLeadsBack) {
    FakeResolver resolver;
    EXPECT_EQ(stable_name_of(resolver, "10.0.0.1").value(), std::nullopt);
    resolver.names["10.0.0.1"] = {"elsewhere", "not a\nname"};
    resolver.addresses = {{"elsewhere", {"10.0.0.2"}}, {"not a\nname", {"10.0.0.1"}}};
    EXPECT_EQ(stable_name_of(resolver, "10.0.0.1").value(), std::nullopt);
}

TEST(StableName, IsUnknownWhileNobodyAnswers) {
    FakeResolver resolver = docker();
    resolver.silent = {"172.18.0.3"};
    EXPECT_FALSE(stable_name_of(resolver, "172.18.0.3"));
    resolver.silent = {"shop_worker_1.shop_default"};
    EXPECT_FALSE(stable_name_of(resolver, "172.18.0.3"));
}

TEST(StableName, OfSeveralAddressesIsTheFirstThatThereIs) {
    FakeResolver resolver = docker();
    resolver.silent = {"10.0.0.9"};
    EXPECT_EQ(stable_name_of_any(resolver, {"10.0.0.9", "172.18.0.3"}).value(),
              "shop_worker_1.shop_default");
    EXPECT_FALSE(stable_name_of_any(resolver, {"10.0.0.9", "10.0.0.8"}));
    EXPECT_EQ(stable_name_of_any(resolver, {"10.0.0.8"}).value(), std::nullopt);
    EXPECT_EQ(stable_name_of_any(resolver, {}).value(), std::nullopt);
}

TEST(NamesOfNode, AreHostNameStableNamesAndAddresses) {
    FakeResolver resolver = docker();
    resolver.silent = {"10.0.0.9"};
    EXPECT_THAT(
        names_of_node(resolver, "626a1ffe3661", {"172.18.0.3", "10.0.0.9"}),
        ElementsAre("626a1ffe3661", "shop_worker_1.shop_default", "172.18.0.3", "10.0.0.9"));
}

TEST(OwnAddresses, AreNoLoopbackAndUnique) {
    const auto addresses = own_addresses();
    for (const auto& address : addresses) {
        EXPECT_FALSE(address.starts_with("127.")) << address;
        EXPECT_NE(address, "::1");
        EXPECT_EQ(std::count(addresses.begin(), addresses.end(), address), 1) << address;
    }
    EXPECT_FALSE(host_name().empty());
}

}  // namespace
}  // namespace citus_init::network
