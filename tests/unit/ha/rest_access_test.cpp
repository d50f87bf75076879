#include "citus_init/ha/patroni/rest_access.h"

#include <gtest/gtest.h>

namespace citus_init::patroni {
namespace {

settings::Settings settings_of() {
    settings::Settings settings;
    settings.patroni.emplace();
    settings.patroni->rest_api.credentials = {"patroni", Secret("0123")};
    return settings;
}

TEST(RestAccess, StaysInTheContainerUnderTheNameOfAll) {
    settings::Settings settings = settings_of();
    settings.citus.enable = true;
    settings.citus.cluster_secret = Secret("6b0c1f6e9ad24c1795bd0e4a8c37f2d1");
    const RestAccess access = own_rest_access(settings, "w11.example.com");
    EXPECT_EQ(access.url, "https://w11.example.com:8008");
    EXPECT_EQ(access.connect_host, "127.0.0.1");
    EXPECT_EQ(access.ca_path, "/run/citus-init/ca.crt");
    EXPECT_EQ(access.certificate_path, "/run/citus-init/server.crt");
    EXPECT_EQ(access.key_path, "/run/citus-init/server.key");
    EXPECT_EQ(access.user, "patroni");
    EXPECT_EQ(access.password.reveal(), "0123");
}

TEST(RestAccess, TakesAnAddressThatIsListenedOn) {
    const std::vector<std::pair<std::string, std::string>> hosts{
        {"0.0.0.0", "127.0.0.1"}, {"", "127.0.0.1"},
        {"*", "127.0.0.1"},       {"::", "::1"},
        {"[::]", "::1"},          {"10.0.0.7", "10.0.0.7"},
        {"[fe80::1]", "fe80::1"}, {"w11,10.0.0.7", "w11"}};
    for (const auto& [listen, connect] : hosts) {
        settings::Settings settings = settings_of();
        settings.patroni->rest_api.listen = {listen, 9009};
        const RestAccess access = own_rest_access(settings, "w11.example.com");
        EXPECT_EQ(access.connect_host, connect) << listen;
        EXPECT_EQ(access.url, "http://w11.example.com:9009") << listen;
    }
}

TEST(RestAccess, KeepsTheOwnPortWhateverTheOneThatOthersUse) {
    settings::Settings settings = settings_of();
    settings.patroni->rest_api.connect_address = HostPort{"fd00::7", 80};
    settings.patroni->rest_api.cert_path = "/tls/rest.crt";
    settings.patroni->rest_api.key_path = "/tls/rest.key";
    const RestAccess access = own_rest_access(settings, "w11.example.com");
    EXPECT_EQ(access.url, "https://[fd00::7]:8008");
    EXPECT_EQ(access.ca_path, "");
    EXPECT_EQ(access.certificate_path, "/tls/rest.crt");
    EXPECT_EQ(rest_url_of(access, "w12.example.com"), "https://w12.example.com:8008");
    EXPECT_EQ(rest_url_of(access, "fd00::8"), "https://[fd00::8]:8008");
}

TEST(RestAccess, ShowsACertificateToReadOnlyWhereOneIsRequired) {
    using settings::ClientVerification;
    settings::Settings settings = settings_of();
    EXPECT_FALSE(own_rest_access(settings, "w11").certificate_to_read);
    settings.patroni->rest_api.verify_client = ClientVerification::optional;
    EXPECT_FALSE(own_rest_access(settings, "w11").certificate_to_read);
    settings.patroni->rest_api.verify_client = ClientVerification::required;
    EXPECT_TRUE(own_rest_access(settings, "w11").certificate_to_read);
}

}  // namespace
}  // namespace citus_init::patroni
