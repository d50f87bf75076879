#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "citus_init/security/mesh_certificate.h"

namespace citus_init::security {

constexpr std::int64_t kDay = 86400;

// One node's directory of certificates, read back by OpenSSL itself, linked into this test only.
struct MeshDirectory {
    MeshDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "mesh-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
        files = {path + "/ca.crt", path + "/server.crt", path + "/server.key"};
    }
    ~MeshDirectory() { std::filesystem::remove_all(path); }
    MeshDirectory(const MeshDirectory&) = delete;
    MeshDirectory& operator=(const MeshDirectory&) = delete;

    using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

    static Certificate read(const std::string& file) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(file.c_str(), "r"),
                                                            BIO_free);
        return {bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr, X509_free};
    }
    Certificate authority() const { return read(files.authority); }
    int authorities() const {
        const std::string text = content(files.authority);
        constexpr std::string_view kBegin = "BEGIN CERTIFICATE";
        int count = 0;
        for (auto at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at + 1)) {
            ++count;
        }
        return count;
    }
    Certificate certificate() const { return read(files.certificate); }

    static std::string content(const std::string& file) {
        std::stringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }

    // As libpq and the server do it, for a peer that is a server, or a client.
    bool verifies(const MeshDirectory& peer, int purpose) const {
        const auto other = peer.certificate();
        const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                            X509_STORE_free);
        const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
            X509_STORE_CTX_new(), X509_STORE_CTX_free);
        X509_STORE_load_file(store.get(), files.authority.c_str());
        X509_STORE_CTX_init(context.get(), store.get(), other.get(), nullptr);
        X509_STORE_CTX_set_purpose(context.get(), purpose);
        return X509_verify_cert(context.get()) == 1;
    }
    bool verifies(const MeshDirectory& peer) const {
        return verifies(peer, X509_PURPOSE_SSL_SERVER) && verifies(peer, X509_PURPOSE_SSL_CLIENT);
    }

    std::string path;
    MeshFiles files;
};

inline MeshRequest request_of(const std::string& secret, std::vector<std::string> names) {
    MeshRequest request;
    request.authority.secret = Secret(secret);
    request.names = std::move(names);
    request.lifetime = std::chrono::seconds(90 * kDay);
    return request;
}

}  // namespace citus_init::security
