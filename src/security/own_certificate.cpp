#include "security/own_certificate.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

#include "security/certificate_parts.h"

namespace citus_init::security {

namespace {

struct Texts {
    std::string authority;
    std::string certificate;
    std::string private_key;
};

Result<std::string> read(const char* variable, const std::string& path) {
    auto text = RealFilesystem().read(path);
    if (!text) {
        return fail(ExitCode::config,
                    fmt::format("{}: {}. The user that the server runs as must be able to read it",
                                variable, text.error().message));
    }
    return text;
}

tl::unexpected<Error> refused(const char* variable, const std::string& path,
                              std::string_view reason) {
    return fail(ExitCode::config, fmt::format("{}: \"{}\" {}", variable, path, reason));
}

// Whether a chain leads from the certificate, over those that follow it in its file, to the
// authority. The reason where it does not.
std::string broken_chain(const CryptoLibrary& crypto, const Texts& texts) {
    const auto store = owned(crypto.store_new(), crypto.store_free);
    const auto verification = owned(crypto.verification_new(), crypto.verification_free);
    const auto chain = owned(crypto.stack_new(), crypto.stack_free);
    if (!store || !verification || !chain) {
        return "out of memory";
    }
    for (const auto& trusted : certificates_of(crypto, texts.authority)) {
        crypto.trust_certificate(store.get(), trusted.get());
    }
    const auto certificates = certificates_of(crypto, texts.certificate);
    for (std::size_t i = 1; i < certificates.size(); ++i) {
        crypto.stack_push(chain.get(), certificates[i].get());
    }
    // A STACK_OF(X509) is an OPENSSL_STACK to the library; its own macros cast likewise.
    if (crypto.verification_init(verification.get(), store.get(), certificates.front().get(),
                                 reinterpret_cast<STACK_OF(X509)*>(chain.get())) == 1 &&
        crypto.verify(verification.get()) == 1) {
        return "";
    }
    return crypto.verification_text(crypto.verification_error(verification.get()));
}

Result<Texts> read_all(const Authority& authority) {
    auto ca = read("CITUS_TLS_CA_PATH", authority.ca_path);
    if (!ca) {
        return fail(ca.error());
    }
    auto certificate = read("CITUS_TLS_CERT_PATH", authority.certificate_path);
    if (!certificate) {
        return fail(certificate.error());
    }
    auto key = read("CITUS_TLS_KEY_PATH", authority.key_path);
    if (!key) {
        return fail(key.error());
    }
    return Texts{std::move(*ca), std::move(*certificate), std::move(*key)};
}

// When it ends.
Result<std::int64_t> check(const CryptoLibrary& crypto, const Texts& texts,
                           const MeshRequest& request, std::int64_t now) {
    const Authority& own = request.authority;
    const auto certificate = certificate_of(crypto, texts.certificate);
    const auto key = key_of(crypto, texts.private_key);
    if (certificates_of(crypto, texts.authority).empty()) {
        return refused("CITUS_TLS_CA_PATH", own.ca_path, "holds no certificate in PEM");
    }
    if (!certificate) {
        return refused("CITUS_TLS_CERT_PATH", own.certificate_path, "holds no certificate in PEM");
    }
    if (!key) {
        return refused("CITUS_TLS_KEY_PATH", own.key_path,
                       "holds no key in PEM, or one with a passphrase");
    }
    if (crypto.check_key(certificate.get(), key.get()) != 1) {
        crypto.clear_errors();
        return refused("CITUS_TLS_KEY_PATH", own.key_path,
                       fmt::format("is not the key of \"{}\"", own.certificate_path));
    }
    const auto start = seconds_of(crypto, crypto.start_of(certificate.get()));
    const auto end = seconds_of(crypto, crypto.end_of(certificate.get()));
    if (!start || !end || now > *end || now < *start) {
        return refused("CITUS_TLS_CERT_PATH", own.certificate_path,
                       "is outside its time of validity. Renew it, or set this machine's clock");
    }
    if (const std::string broken = broken_chain(crypto, texts); !broken.empty()) {
        return refused(
            "CITUS_TLS_CERT_PATH", own.certificate_path,
            fmt::format("does not end in the authority \"{}\": {}", own.ca_path, broken));
    }
    for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
        if (crypto.check_purpose(certificate.get(), purpose, 0) != 1) {
            return refused("CITUS_TLS_CERT_PATH", own.certificate_path,
                           "is not for both serverAuth and clientAuth: a node is server and client "
                           "of the others");
        }
    }
    if (!covers(crypto, certificate.get(), request.names.front())) {
        return refused("CITUS_TLS_CERT_PATH", own.certificate_path,
                       fmt::format("is not for \"{}\". Set CITUS_NODE_HOST to a name in it",
                                   request.names.front()));
    }
    return *end;
}

}  // namespace

Result<MeshCertificate> copy_own_certificate(const CryptoLibrary& crypto, const MeshFiles& files,
                                             const MeshRequest& request, std::int64_t now) {
    const auto texts = read_all(request.authority);
    if (!texts) {
        return fail(texts.error());
    }
    const auto end = check(crypto, *texts, request, now);
    if (!end) {
        return fail(end.error());
    }
    const auto is_there = [](const std::string& path, const std::string& text) {
        const auto present = RealFilesystem().read(path);
        return present && *present == text;
    };
    const bool same = is_there(files.authority, texts->authority) &&
                      is_there(files.certificate, texts->certificate) &&
                      is_there(files.private_key, texts->private_key);
    if (!same) {
        CITUS_INIT_TRY(write_file_atomically(files.authority, texts->authority, kOwnerOnly));
        CITUS_INIT_TRY(write_file_atomically(files.private_key, texts->private_key, kOwnerOnly));
        CITUS_INIT_TRY(write_file_atomically(files.certificate, texts->certificate, kOwnerOnly));
    }
    return MeshCertificate{!same, same ? "" : "its files are new", *end};
}

}  // namespace citus_init::security
