#include "citus_init/node/tls_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_filesystem.h"

namespace citus_init::node {
namespace {

const std::string kCertificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";

class TlsFiles : public ::testing::Test {
  protected:
    TlsFiles() {
        settings.enable = true;
        settings.tls_ca_path = "/tls/ca.crt";
        settings.tls_cert_path = "/tls/node.crt";
        settings.tls_key_path = "/tls/node.key";
    }
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& problem : tls_file_problems(settings, files)) {
            all.push_back(problem.text());
        }
        return all;
    }

    settings::CitusSettings settings;
    test::FakeFilesystem files;
};

TEST_F(TlsFiles, AllThatCannotBeReadAreReportedAtOnce) {
    const auto all = texts();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0],
              "CITUS_TLS_CA_PATH: \"/tls/ca.crt\" cannot be read: No such file or directory. Mount "
              "it where the user that the server runs as can read it, or correct the path.");
    EXPECT_THAT(all[2], testing::HasSubstr("CITUS_TLS_KEY_PATH"));
}

TEST_F(TlsFiles, OneOfAnotherKindIsReportedWithoutItsContent) {
    files.add_file("/tls/ca.crt", kCertificate);
    files.add_file("/tls/node.crt", "-----BEGIN PRIVATE KEY-----\nsecret\n");
    files.add_file("/tls/node.key", "-----BEGIN EC PRIVATE KEY-----\n");
    EXPECT_THAT(texts(), testing::ElementsAre("CITUS_TLS_CERT_PATH: \"/tls/node.crt\" holds no "
                                              "certificate in PEM. Set it to the file that does."));
    files.add_file("/tls/node.crt", "a comment\n" + kCertificate);
    EXPECT_THAT(texts(), testing::IsEmpty());
}

TEST_F(TlsFiles, AreNotReadWhereNobodyUsesThem) {
    settings.enable = false;
    EXPECT_THAT(texts(), testing::IsEmpty());
    settings.enable = true;
    settings.tls_ca_path = settings.tls_cert_path = settings.tls_key_path = "";
    EXPECT_THAT(texts(), testing::IsEmpty());
}

}  // namespace
}  // namespace citus_init::node
