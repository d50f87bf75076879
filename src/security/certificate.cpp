#include "citus_init/security/certificate.h"

#include <arpa/inet.h>

#include <array>
#include <cctype>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

#include "security/crypto_library.h"

namespace citus_init::security {

namespace {

constexpr int kDays = 3650;
constexpr int kSpareDays = 30;
constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kLongestCommonName = 64;  // ub-common-name of RFC 5280

struct Pem {
    std::string certificate;
    std::string private_key;
};

// libcrypto's objects, each freed by its own function.
template <typename Object, typename Free>
std::unique_ptr<Object, Free> owned(Object* object, Free free) {
    return {object, free};
}

Error crypto_error(const CryptoLibrary& crypto, const char* what) {
    std::array<char, 256> reason{};
    crypto.error_string(crypto.next_error(), reason.data(), reason.size());
    return Error{ExitCode::software,
                 fmt::format("cannot make the node's certificate: {}: {}", what, reason.data())};
}

// "IP:10.0.0.1" or "DNS:worker-1", in the language of X509V3_EXT_conf_nid(), which gives commas and
// colons a meaning.
std::optional<std::string> alternative_name(const std::string& name) {
    std::array<unsigned char, 16> address{};
    if (::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
        ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1) {
        return "IP:" + name;
    }
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.' && c != '_') {
            return std::nullopt;
        }
    }
    return name.empty() ? std::nullopt : std::optional("DNS:" + name);
}

std::string text_of(const CryptoLibrary& crypto, BIO* bio) {
    char* data = nullptr;
    const long size = crypto.bio_control(bio, BIO_CTRL_INFO, 0, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : "";
}

// Whether the two fit together and last long enough.
bool is_good(const CryptoLibrary& crypto, const Pem& pem) {
    const auto certificate_bio = owned(
        crypto.bio_from_memory(pem.certificate.data(), static_cast<int>(pem.certificate.size())),
        crypto.bio_free);
    const auto key_bio = owned(
        crypto.bio_from_memory(pem.private_key.data(), static_cast<int>(pem.private_key.size())),
        crypto.bio_free);
    const auto certificate =
        owned(crypto.read_certificate(certificate_bio.get(), nullptr, nullptr, nullptr),
              crypto.certificate_free);
    const auto key =
        owned(crypto.read_key(key_bio.get(), nullptr, nullptr, nullptr), crypto.key_free);
    std::time_t soon = std::time(nullptr) + std::time_t{kSpareDays} * 86400;
    return certificate && key && crypto.check_key(certificate.get(), key.get()) == 1 &&
           crypto.compare_time(crypto.end_of(certificate.get()), &soon) > 0;
}

bool fill_in(const CryptoLibrary& crypto, X509* certificate, EVP_PKEY* key, const std::string& name,
             const std::string& alternative) {
    std::array<unsigned char, 8> serial{};
    if (crypto.random_bytes(serial.data(), static_cast<int>(serial.size())) != 1) {
        return false;
    }
    std::uint64_t number = 0;
    for (const unsigned char byte : serial) {
        number = number << 8U | byte;
    }
    std::time_t now = std::time(nullptr);
    X509_NAME* subject = crypto.subject_of(certificate);
    const std::string common_name = name.substr(0, kLongestCommonName);
    const auto extension =
        owned(crypto.make_extension(nullptr, nullptr, NID_subject_alt_name, alternative.c_str()),
              crypto.extension_free);
    return crypto.set_version(certificate, X509_VERSION_3) == 1 &&
           crypto.set_integer(crypto.serial_of(certificate), number) == 1 &&
           // A day back: the clocks of two machines may differ.
           crypto.set_time(crypto.mutable_start_of(certificate), -1, 0, &now) != nullptr &&
           crypto.set_time(crypto.mutable_end_of(certificate), kDays, 0, &now) != nullptr &&
           crypto.set_key(certificate, key) == 1 &&
           crypto.add_to_name(subject, "CN", MBSTRING_UTF8,
                              reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                              0) == 1 &&
           crypto.set_issuer(certificate, subject) == 1 && extension &&
           crypto.add_extension(certificate, extension.get(), -1) == 1 &&
           crypto.sign(certificate, key, crypto.sha256()) > 0;
}

Result<Pem> make(const CryptoLibrary& crypto, const std::string& name,
                 const std::string& alternative) {
    const auto key = owned(crypto.generate_key(nullptr, nullptr, "EC", "P-256"), crypto.key_free);
    const auto certificate = owned(crypto.certificate_new(), crypto.certificate_free);
    if (!key || !certificate) {
        return fail(crypto_error(crypto, "the key"));
    }
    if (!fill_in(crypto, certificate.get(), key.get(), name, alternative)) {
        return fail(crypto_error(crypto, "the signature"));
    }
    const auto certificate_bio = owned(crypto.bio_new(crypto.memory_method()), crypto.bio_free);
    const auto key_bio = owned(crypto.bio_new(crypto.memory_method()), crypto.bio_free);
    if (!certificate_bio || !key_bio ||
        crypto.write_certificate(certificate_bio.get(), certificate.get()) != 1 ||
        crypto.write_key(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return fail(crypto_error(crypto, "the files"));
    }
    return Pem{text_of(crypto, certificate_bio.get()), text_of(crypto, key_bio.get())};
}

}  // namespace

Result<Certificate> ensure_self_signed_certificate(const CertificateFiles& files,
                                                   const std::string& node_name) {
    const auto alternative = alternative_name(node_name);
    if (!alternative) {
        return fail(
            ExitCode::config,
            fmt::format("cannot make a certificate for the node \"{}\": that is neither a host "
                        "name nor an IP address. Set CITUS_NODE_HOST to one",
                        node_name));
    }
    const auto crypto = load_crypto_library();
    if (!crypto) {
        return fail(crypto.error());
    }
    const RealFilesystem disk;
    const auto certificate = disk.read(files.certificate);
    const auto key = disk.read(files.private_key);
    if (certificate && key && is_good(*crypto, {*certificate, *key})) {
        return Certificate::kept;
    }
    const auto pem = make(*crypto, node_name, *alternative);
    if (!pem) {
        return fail(pem.error());
    }
    // Without the old certificate first: a new key beside an old certificate would look whole.
    CITUS_INIT_TRY(remove_file(files.certificate));
    CITUS_INIT_TRY(write_file_atomically(files.private_key, pem->private_key, kOwnerOnly));
    CITUS_INIT_TRY(write_file_atomically(files.certificate, pem->certificate, kOwnerOnly));
    return Certificate::made;
}

}  // namespace citus_init::security
