#include "app/high_availability/etcd_look.h"

#include <gtest/gtest.h>

namespace citus_init::app {
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

}  // namespace
}  // namespace citus_init::app
