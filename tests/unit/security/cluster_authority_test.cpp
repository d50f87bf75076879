#include "security/cluster_authority.h"

#include <array>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace citus_init::security {
namespace {

constexpr const char* kSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

ClusterAuthority derive(const std::string& secret) {
    const auto crypto = load_crypto_library();
    EXPECT_TRUE(crypto);
    auto authority = derive_cluster_authority(*crypto, Secret(secret));
    EXPECT_TRUE(authority);
    return std::move(*authority);
}

std::string public_key(const ClusterAuthority& authority) {
    std::array<unsigned char, 65> point{};
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(authority.key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                    point.size(), &size);
    std::string text;
    for (const unsigned char byte : point) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

std::string subject(const ClusterAuthority& authority) {
    std::array<char, 128> text{};
    X509_NAME_oneline(X509_get_subject_name(authority.certificate.get()), text.data(), 128);
    return text.data();
}

// Computed by another implementation of HKDF and of the curve. A change of it would cut running
// clusters in two at their next upgrade.
TEST(ClusterAuthority, IsTheSameInEveryVersion) {
    EXPECT_EQ(public_key(derive(kSecret)),
              "0465c7e2c84ab5b7bc8cb8af9cb35d2b6479db4aef9aa63c56023dae151f71c3ed"
              "607fc454c4385366fef3461b413dc5bf14d9b1d861ff588102b9e6cfed38137f");
}

TEST(ClusterAuthority, IsTheSameOnEveryNodeButForItsSignature) {
    const auto one = derive(kSecret);
    const auto two = derive(kSecret);
    EXPECT_EQ(public_key(one), public_key(two));
    EXPECT_EQ(subject(one), subject(two));
    EXPECT_EQ(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.certificate.get()),
                               X509_get0_serialNumber(two.certificate.get())),
              0);
    EXPECT_EQ(X509_verify(one.certificate.get(), two.key.get()), 1);
}

TEST(ClusterAuthority, IsAnotherForAnotherSecret) {
    const auto one = derive(kSecret);
    const auto two = derive(std::string(kSecret) + "0");
    EXPECT_NE(public_key(one), public_key(two));
    EXPECT_NE(subject(one), subject(two));
}

TEST(ClusterAuthority, SignsCertificatesAndNothingElse) {
    const auto authority = derive(kSecret);
    EXPECT_EQ(X509_check_ca(authority.certificate.get()), 1);
    EXPECT_EQ(X509_get_key_usage(authority.certificate.get()), X509v3_KU_KEY_CERT_SIGN);
    EXPECT_EQ(X509_get_pathlen(authority.certificate.get()), 0);
}

}  // namespace
}  // namespace citus_init::security
