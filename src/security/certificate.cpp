#include "citus_init/security/certificate.h"

#include <ctime>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

#include "security/certificate_parts.h"

namespace citus_init::security {

namespace {

constexpr int kDays = 3650;
constexpr int kSpareDays = 30;

struct Pem {
    std::string certificate;
    std::string private_key;
};

// Whether the two fit together and last long enough.
bool is_good(const CryptoLibrary& crypto, const Pem& pem) {
    const auto certificate = certificate_of(crypto, pem.certificate);
    const auto key = key_of(crypto, pem.private_key);
    std::time_t soon = std::time(nullptr) + std::time_t{kSpareDays} * 86400;
    return certificate && key && crypto.check_key(certificate.get(), key.get()) == 1 &&
           crypto.compare_time(crypto.end_of(certificate.get()), &soon) > 0;
}

bool fill_in(const CryptoLibrary& crypto, X509* certificate, EVP_PKEY* key, const std::string& name,
             const std::string& alternative) {
    std::time_t now = std::time(nullptr);
    return crypto.set_version(certificate, X509_VERSION_3) == 1 &&
           set_random_serial(crypto, certificate) &&
           // A day back: the clocks of two machines may differ.
           crypto.set_time(crypto.mutable_start_of(certificate), -1, 0, &now) != nullptr &&
           crypto.set_time(crypto.mutable_end_of(certificate), kDays, 0, &now) != nullptr &&
           crypto.set_key(certificate, key) == 1 && set_common_name(crypto, certificate, name) &&
           crypto.set_issuer(certificate, crypto.subject_of(certificate)) == 1 &&
           add_extension(crypto, certificate, certificate, NID_subject_alt_name, alternative) &&
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
    auto certificate_text = pem_of(crypto, certificate.get());
    auto key_text = pem_of(crypto, key.get());
    if (!certificate_text || !key_text) {
        return fail(crypto_error(crypto, "the files"));
    }
    return Pem{std::move(*certificate_text), std::move(*key_text)};
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
