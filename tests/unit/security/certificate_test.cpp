#include "citus_init/security/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

namespace citus_init::security {
namespace {

class SelfSigned : public ::testing::Test {
  protected:
    SelfSigned() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "certificate-XXXXXX").string();
        directory = ::mkdtemp(pattern.data());
        files = {directory + "/server.crt", directory + "/server.key"};
    }
    ~SelfSigned() override { std::filesystem::remove_all(directory); }
    SelfSigned(const SelfSigned&) = delete;
    SelfSigned& operator=(const SelfSigned&) = delete;

    Certificate ensure(const std::string& name) {
        const auto result = ensure_self_signed_certificate(files, name);
        EXPECT_TRUE(result) << result.error().message;
        return result.value_or(Certificate::kept);
    }

    static std::string content(const std::string& path) {
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }

    std::unique_ptr<X509, decltype(&X509_free)> read() const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> file(
            BIO_new_file(files.certificate.c_str(), "r"), BIO_free);
        return {PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free};
    }

    std::string directory;
    CertificateFiles files;
};

// Read back by OpenSSL itself, linked into this test only.
TEST_F(SelfSigned, IsForTheNodesName) {
    EXPECT_EQ(ensure("worker_1.net-work"), Certificate::made);
    const auto certificate = read();
    ASSERT_TRUE(certificate);
    EXPECT_EQ(X509_check_host(certificate.get(), "worker_1.net-work", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(certificate.get(), "other", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
    EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(certificate.get())), 256);
}

TEST_F(SelfSigned, IsForAnAddressToo) {
    for (const char* address : {"10.1.2.3", "fd00::1"}) {
        std::filesystem::remove(files.certificate);
        EXPECT_EQ(ensure(address), Certificate::made);
        EXPECT_EQ(X509_check_ip_asc(read().get(), address, 0), 1) << address;
    }
}

TEST_F(SelfSigned, LastsTenYears) {
    ensure("node");
    const auto certificate = read();
    std::time_t later = std::time(nullptr) + std::time_t{3649} * 86400;
    EXPECT_GT(X509_cmp_time(X509_get0_notAfter(certificate.get()), &later), 0);
    EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(certificate.get())), 0);
}

TEST_F(SelfSigned, LetsNobodyElseReadTheKey) {
    ensure("node");
    struct stat status {};
    ASSERT_EQ(::stat(files.private_key.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(SelfSigned, KeepsAGoodPair) {
    ensure("node");
    const std::string before = content(files.certificate) + content(files.private_key);
    EXPECT_EQ(ensure("other-name"), Certificate::kept);
    EXPECT_EQ(content(files.certificate) + content(files.private_key), before);
}

TEST_F(SelfSigned, ReplacesAPairThatIsNotWhole) {
    ensure("node");
    const std::string old_key = content(files.private_key);
    std::filesystem::remove(files.private_key);
    EXPECT_EQ(ensure("node"), Certificate::made);
    std::ofstream(files.private_key) << old_key;  // does not fit the certificate
    EXPECT_EQ(ensure("node"), Certificate::made);
    std::ofstream(files.certificate) << "nonsense";
    EXPECT_EQ(ensure("node"), Certificate::made);
    EXPECT_EQ(ensure("node"), Certificate::kept);
}

TEST_F(SelfSigned, RefusesANameThatIsNone) {
    for (const char* name : {"", "a,DNS:b", "a b", "a\nb", "a:b"}) {
        const auto result = ensure_self_signed_certificate(files, name);
        ASSERT_FALSE(result) << name;
        EXPECT_EQ(result.error().code, ExitCode::config);
        EXPECT_NE(result.error().message.find("CITUS_NODE_HOST"), std::string::npos);
    }
    EXPECT_FALSE(std::filesystem::exists(files.certificate));
}

TEST_F(SelfSigned, TakesALongName) {
    const std::string name = std::string(60, 'a') + "." + std::string(60, 'b');
    EXPECT_EQ(ensure(name), Certificate::made);
    EXPECT_EQ(X509_check_host(read().get(), name.c_str(), 0, 0, nullptr), 1);
}

TEST_F(SelfSigned, ReportsWhereItCouldNotWrite) {
    files.private_key = directory + "/none/server.key";
    const auto result = ensure_self_signed_certificate(files, "node");
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find(directory + "/none"), std::string::npos);
}

}  // namespace
}  // namespace citus_init::security
