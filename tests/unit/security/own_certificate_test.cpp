#include <gtest/gtest.h>

#include "mesh_directory.h"

namespace citus_init::security {
namespace {

// The files of one node of a mesh serve as the user's own: they are certificates like any others.
class OwnCertificate : public ::testing::Test {
  protected:
    OwnCertificate() {
        EXPECT_TRUE(ensure_mesh_certificate(
            own.files, request_of("a secret of somebody", {"worker1", "10.1.2.3"}), now));
        request.authority = {Secret(), Secret(), own.files.authority, own.files.certificate,
                             own.files.private_key};
        request.names = {"worker1", "localhost"};
    }

    void expect_refused(const std::string& with) const {
        const auto refused = ensure_mesh_certificate(node.files, request, now);
        ASSERT_FALSE(refused) << with;
        EXPECT_EQ(refused.error().code, ExitCode::config);
        EXPECT_NE(refused.error().message.find(with), std::string::npos) << refused.error().message;
        EXPECT_FALSE(std::filesystem::exists(node.files.certificate));
    }

    MeshDirectory own;
    MeshDirectory node;
    const std::int64_t now = now_in_seconds();
    MeshRequest request;
};

TEST_F(OwnCertificate, IsCopiedOnce) {
    std::filesystem::permissions(own.files.private_key, std::filesystem::perms(0644));
    const auto copied = ensure_mesh_certificate(node.files, request, now);
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_TRUE(copied->changed);
    EXPECT_EQ(copied->ends, now + 90 * kDay);
    EXPECT_TRUE(node.verifies(own));
    EXPECT_EQ(std::filesystem::status(node.files.private_key).permissions(),
              std::filesystem::perms(0600));
    EXPECT_FALSE(ensure_mesh_certificate(node.files, request, now)->changed);
}

TEST_F(OwnCertificate, MustBeThereAndReadable) {
    std::filesystem::remove(own.files.private_key);
    expect_refused("CITUS_TLS_KEY_PATH");
    std::ofstream(own.files.private_key) << "nonsense";
    expect_refused("holds no key in PEM");
    std::ofstream(own.files.authority) << "nonsense";
    expect_refused("CITUS_TLS_CA_PATH");
}

TEST_F(OwnCertificate, MustHaveItsOwnKey) {
    MeshDirectory other;
    ASSERT_TRUE(
        ensure_mesh_certificate(other.files, request_of("a secret of somebody", {"worker2"}), now));
    request.authority.key_path = other.files.private_key;
    expect_refused("is not the key of");
}

TEST_F(OwnCertificate, MustEndInTheAuthority) {
    MeshDirectory other;
    ASSERT_TRUE(
        ensure_mesh_certificate(other.files, request_of("another secret there", {"x"}), now));
    request.authority.ca_path = other.files.authority;
    expect_refused("does not end in the authority");
}

TEST_F(OwnCertificate, MustBeForTheNode) {
    request.names = {"worker9"};
    expect_refused("is not for \"worker9\"");
    request.names = {"10.1.2.3"};
    EXPECT_TRUE(ensure_mesh_certificate(node.files, request, now));
}

TEST_F(OwnCertificate, MustBeWithinItsTime) {
    for (const std::int64_t when : {now + 91 * kDay, now - 2 * kDay}) {
        const auto refused = ensure_mesh_certificate(node.files, request, when);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().message.find("time of validity"), std::string::npos);
    }
}

TEST_F(OwnCertificate, MustBeForBothSides) {
    request.authority.certificate_path = own.files.authority;
    expect_refused("CITUS_TLS_KEY_PATH");  // and the authority's own certificate has no key here
}

}  // namespace
}  // namespace citus_init::security
