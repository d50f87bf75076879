#include "citus_init/security/mesh_certificate.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "mesh_directory.h"

namespace citus_init::security {
namespace {

constexpr const char* kMeshSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

class MeshNode : public ::testing::Test {
  protected:
    MeshCertificate ensure(const MeshRequest& wanted, std::int64_t when) {
        const auto result = ensure_mesh_certificate(node.files, wanted, when);
        EXPECT_TRUE(result) << result.error().message;
        return result.value_or(MeshCertificate{});
    }
    std::string key() const { return MeshDirectory::content(node.files.private_key); }
    std::string certificate() const { return MeshDirectory::content(node.files.certificate); }

    MeshDirectory node;
    const std::int64_t now = now_in_seconds();
    MeshRequest request = request_of(kMeshSecret, {"worker1", "10.1.2.3", "localhost"});
};

TEST(Renewal, IsDueAfterTwoThirds) {
    struct Case {
        std::int64_t start, end, now;
        bool due;
    };
    for (const auto& [start, end, now, due] :
         {Case{0, 90, 0, false}, Case{0, 90, 59, false}, Case{0, 90, 60, true},
          Case{0, 90, 1000, true}, Case{1000, 1090, 0, false},
          Case{0, 90 * kDay, 60 * kDay - 1, false}, Case{0, 90 * kDay, 60 * kDay, true}}) {
        EXPECT_EQ(is_due_for_renewal(start, end, now), due) << start << " " << end << " " << now;
    }
}

TEST_F(MeshNode, GetsACertificateForAllItsNames) {
    EXPECT_TRUE(ensure(request, now).changed);
    const auto leaf = node.certificate();
    ASSERT_TRUE(leaf);
    EXPECT_EQ(X509_check_host(leaf.get(), "worker1", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(leaf.get(), "localhost", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_ip_asc(leaf.get(), "10.1.2.3", 0), 1);
    EXPECT_EQ(X509_check_host(leaf.get(), "worker2", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_check_ca(leaf.get()), 0);
    EXPECT_EQ(X509_cmp_current_time(X509_get0_notBefore(leaf.get())), -1);
}

TEST_F(MeshNode, AndAnotherOfTheSameSecretVerifyEachOther) {
    MeshDirectory other;
    ensure(request, now);
    ASSERT_TRUE(ensure_mesh_certificate(other.files, request_of(kMeshSecret, {"worker2"}), now));
    EXPECT_TRUE(node.verifies(other));
    EXPECT_TRUE(other.verifies(node));
    EXPECT_NE(key(), MeshDirectory::content(other.files.private_key));
}

TEST_F(MeshNode, DoesNotVerifyOneOfAnotherSecret) {
    MeshDirectory other;
    ensure(request, now);
    ASSERT_TRUE(ensure_mesh_certificate(
        other.files, request_of("0f1e2d3c4b5a69788796a5b4c3d2e1f1", {"worker1"}), now));
    EXPECT_FALSE(node.verifies(other));
    EXPECT_FALSE(other.verifies(node));
}

TEST_F(MeshNode, KeepsWhatServes) {
    ensure(request, now);
    const std::string before = certificate() + key();
    const auto again = ensure(request, now + 59 * kDay);
    EXPECT_FALSE(again.changed);
    EXPECT_EQ(again.ends, now + 90 * kDay);
    EXPECT_EQ(certificate() + key(), before);
}

TEST_F(MeshNode, RenewsAfterTwoThirdsOfItsLife) {
    ensure(request, now);
    const auto renewed = ensure(request, now + 60 * kDay + 10);
    EXPECT_TRUE(renewed.changed);
    EXPECT_EQ(renewed.why, "two thirds of its life were over");
    EXPECT_EQ(renewed.ends, now + 150 * kDay + 10);
}

// Whoever reads the certificate before a renewal and the key after it must have a pair.
TEST_F(MeshNode, KeepsItsKeyWhileTheServerRuns) {
    ensure(request, now);
    const std::string old_key = key();
    const std::string old_certificate = certificate();
    request.server_is_running = true;
    EXPECT_TRUE(ensure(request, now + 61 * kDay).changed);
    EXPECT_EQ(key(), old_key);
    EXPECT_NE(certificate(), old_certificate);
    request.server_is_running = false;
    EXPECT_TRUE(ensure(request, now + 130 * kDay).changed);
    EXPECT_NE(key(), old_key);
}

TEST_F(MeshNode, MakesANewCertificateForWhatDoesNotServe) {
    ensure(request, now);
    request.names.emplace_back("another-name");
    EXPECT_EQ(ensure(request, now).why, "it was not for \"another-name\"");
    request.authority.secret = Secret("another-secret-of-this-cluster");
    EXPECT_EQ(ensure(request, now).why, "it was of another authority");
    std::filesystem::remove(node.files.private_key);
    EXPECT_EQ(ensure(request, now).why, "there was none");
    std::ofstream(node.files.certificate) << "nonsense";
    EXPECT_EQ(ensure(request, now).why, "there was none");
    EXPECT_FALSE(ensure(request, now).changed);
    EXPECT_TRUE(node.verifies(node));
}

TEST_F(MeshNode, MakesOneAnewThatIsNotValidYet) {
    ensure(request, now + 10 * kDay);  // the clock was ahead
    EXPECT_EQ(ensure(request, now).why,
              "it was not valid yet: it was made while the clock was ahead");
    EXPECT_FALSE(ensure(request, now).changed);
    EXPECT_FALSE(ensure(request, now - 3000).changed);  // forgiven between two machines
}

TEST_F(MeshNode, ShortensALifeThatIsTooLong) {
    ensure(request, now);
    request.lifetime = std::chrono::seconds(kDay);
    const auto shortened = ensure(request, now);
    EXPECT_EQ(shortened.why, "it lasted longer than CITUS_CERTIFICATE_LIFETIME");
    EXPECT_EQ(shortened.ends, now + kDay);
    EXPECT_FALSE(ensure(request, now).changed);
    request.lifetime = std::chrono::seconds(90 * kDay);
    EXPECT_FALSE(ensure(request, now).changed);  // a longer one comes with the next renewal
}

// Node by node, and each step on all nodes before the next one.
TEST_F(MeshNode, ChangesItsSecretWhileItVerifiesAllOthers) {
    constexpr const char* kNew = "00112233445566778899aabbccddeeff";
    MeshDirectory other;
    MeshRequest others = request_of(kMeshSecret, {"worker2"});
    const auto all_verify = [&] { return node.verifies(other) && other.verifies(node); };
    const auto both_take = [&](const char* secret, const char* trusted) {
        for (MeshRequest* one : {&request, &others}) {
            one->authority.secret = Secret(secret);
            one->authority.trusted_secret = Secret(trusted);
            one->server_is_running = true;
            const auto& files = one == &request ? node.files : other.files;
            const auto made = ensure_mesh_certificate(files, *one, now);
            ASSERT_TRUE(made);
            EXPECT_TRUE(made->changed);  // the server has to read its files again
            EXPECT_FALSE(ensure_mesh_certificate(files, *one, now)->changed);
            EXPECT_TRUE(all_verify()) << secret << " " << trusted;
        }
    };
    ensure(request, now);
    ASSERT_TRUE(ensure_mesh_certificate(other.files, others, now));
    both_take(kMeshSecret, kNew);
    both_take(kNew, kMeshSecret);
    both_take(kNew, "");
    EXPECT_EQ(node.authorities(), 1);
}

TEST_F(MeshNode, MakesItsAuthorityAnewWhereThatIsGone) {
    ensure(request, now);
    std::filesystem::remove(node.files.authority);
    ensure(request, now);
    EXPECT_TRUE(node.verifies(node));
}

TEST_F(MeshNode, LetsNobodyElseReadItsFiles) {
    ensure(request, now);
    for (const auto& file : std::filesystem::directory_iterator(node.path)) {
        struct stat status {};
        ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << file.path();
    }
}

TEST_F(MeshNode, LeavesTheAuthoritysKeyAndTheSecretOffTheDisk) {
    ensure(request, now);
    int keys = 0;
    for (const auto& file : std::filesystem::directory_iterator(node.path)) {
        const std::string text = MeshDirectory::content(file.path());
        EXPECT_EQ(text.find(kMeshSecret), std::string::npos);
        keys += text.find("PRIVATE KEY-----") == std::string::npos ? 0 : 1;
    }
    EXPECT_EQ(keys, 1);
}

TEST_F(MeshNode, LeavesOutNamesThatNoCertificateHolds) {
    request.names = {"worker1", "a,DNS:b", ""};
    EXPECT_TRUE(ensure(request, now).changed);
    EXPECT_FALSE(ensure(request, now).changed);
    EXPECT_EQ(X509_check_host(node.certificate().get(), "b", 0, 0, nullptr), 0);
    request.names = {"a,DNS:b", "worker1"};
    const auto refused = ensure_mesh_certificate(node.files, request, now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::config);
}

TEST_F(MeshNode, ReportsNoSecretInItsErrors) {
    node.files.private_key = node.path + "/none/server.key";
    const auto refused = ensure_mesh_certificate(node.files, request, now);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("/none"), std::string::npos);
    EXPECT_EQ(refused.error().message.find(kMeshSecret), std::string::npos);
}

}  // namespace
}  // namespace citus_init::security
