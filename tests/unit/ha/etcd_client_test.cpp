#include "citus_init/ha/patroni/client/etcd_client.h"

#include <gtest/gtest.h>

namespace citus_init::patroni {
namespace {

settings::Etcd3Settings two_servers() {
    settings::Etcd3Settings etcd;
    etcd.hosts = {{"etcd1", 2379}, {"fd00::2", 2390}};
    return etcd;
}

TEST(EtcdUrls, AreThoseOfAllServers) {
    auto etcd = two_servers();
    EXPECT_EQ(etcd_urls(etcd),
              (std::vector<std::string>{"http://etcd1:2379", "http://[fd00::2]:2390"}));
    etcd.ca_path = "/ca.crt";
    EXPECT_EQ(etcd_urls(etcd).front(), "https://etcd1:2379");
    etcd.protocol = "http";
    EXPECT_EQ(etcd_urls(etcd).front(), "http://etcd1:2379");
    etcd.url = "https://etcd.example.com:2379/";
    EXPECT_EQ(etcd_urls(etcd), std::vector<std::string>{"https://etcd.example.com:2379"});
    EXPECT_TRUE(etcd_urls({}).empty());
}

TEST(EtcdRefusal, IsAboutWhoAsksAndNothingElse) {
    const char* wrong = "etcdserver: authentication failed, invalid user ID or password";
    EXPECT_EQ(etcd_refusal({400, std::string(R"({"error":")") + wrong + R"(","code":3})"}), wrong);
    EXPECT_EQ(etcd_refusal({400, R"({"error":"etcdserver: user name is empty"})"}),
              "etcdserver: user name is empty");
    for (const char* body :
         {R"({"error":"etcdserver: authentication is not enabled","code":9})", R"({"error":7})",
          R"({"token":"abc.1"})", "[]", "", "\"", "404 page not found", "\xff\xfe"}) {
        EXPECT_EQ(etcd_refusal({400, body}), std::nullopt) << body;
    }
}

TEST(EtcdToken, MayHaveEndedByTimeOrByAChangeOfUsers) {
    // As etcd 3.4.23 answers.
    EXPECT_TRUE(may_refuse_token({401, R"({"error":"etcdserver: invalid auth token","code":16})"}));
    EXPECT_TRUE(may_refuse_token(
        {400, R"({"error":"etcdserver: revision of auth store is old","code":3})"}));
    for (const int status : {200, 403, 404, 500, 503}) {
        EXPECT_FALSE(may_refuse_token({status, "{}"})) << status;
    }
}

TEST(EtcdRange, IsAllThatBeginsSo) {
    // "/s/d/" and "/s/d0"
    EXPECT_EQ(etcd_range_request("/s/d/"), R"({"key":"L3MvZC8=","range_end":"L3MvZDA="})");
}

TEST(EtcdEntries, AreKeysAndValues) {
    const auto entries = etcd_entries(
        R"({"header":{"revision":"7"},"kvs":[{"key":"L3MvZC8x","value":"dzEx","lease":"8"},)"
        R"({"key":"?","value":"dzEx"},{"key":"L3MvZC8y"}],"count":"2"})");
    EXPECT_EQ(entries, (std::vector<StoreEntry>{{"/s/d/1", "w11", "8"}, {"/s/d/2", ""}}));
    EXPECT_EQ(etcd_entries(R"({"header":{"revision":"7"}})"), std::vector<StoreEntry>{});
    for (const char* body : {R"({"error":"etcdserver: user name is empty"})", "[]", "", "7"}) {
        EXPECT_EQ(etcd_entries(body), std::nullopt) << body;
    }
}

TEST(EtcdRemoval, IsOfAKeyThatNobodyHasChangedSince) {
    EXPECT_EQ(
        etcd_removal_request("/s/d/", "7", "/s/d/"),
        R"({"compare":[{"key":"L3MvZC8=","mod_revision":"7","result":"EQUAL","target":"MOD"},)"
        R"({"create_revision":"0","key":"L3MvZC8=","result":"EQUAL","target":"CREATE"}],)"
        R"("success":[{"request_delete_range":{"key":"L3MvZC8="}}]})");
    EXPECT_EQ(etcd_succeeded(R"({"header":{},"succeeded":true,"responses":[]})"), true);
    EXPECT_EQ(etcd_succeeded(R"({"header":{}})"), false);
    EXPECT_EQ(etcd_succeeded(R"({"error":"etcdserver: user name is empty"})"), std::nullopt);
}

TEST(EtcdCreation, IsOfAKeyThatNobodyHasMade) {
    EXPECT_EQ(etcd_creation_request("/s/d/", "v", {"/s/d/1"}),
              R"({"compare":[)"
              R"({"create_revision":"0","key":"L3MvZC8=","result":"EQUAL","target":"CREATE"},)"
              R"({"create_revision":"0","key":"L3MvZC8x","result":"EQUAL","target":"CREATE"}],)"
              R"("success":[{"request_put":{"key":"L3MvZC8=","value":"dg=="}}]})");
}

TEST(EtcdLease, IsWhatIsLeftOfWhatWasGranted) {
    using std::chrono::seconds;
    EXPECT_EQ(etcd_lease(R"({"header":{},"ID":"8","TTL":"9","grantedTTL":"20"})"),
              (EtcdLease{seconds(20), seconds(9)}));
    // Its last second: the gateway leaves zeros out.
    EXPECT_EQ(etcd_lease(R"({"header":{},"ID":"8","grantedTTL":"20"})"),
              (EtcdLease{seconds(20), seconds(0)}));
    for (const char* body :
         {R"({"header":{},"ID":"8","TTL":"-1"})", R"({"TTL":"-1","grantedTTL":"20"})",
          R"({"error":"etcdserver: requested lease not found"})", "[]", "", "7"}) {
        EXPECT_EQ(etcd_lease(body), std::nullopt) << body;
    }
}

}  // namespace
}  // namespace citus_init::patroni
