#include "security/certificate_parts.h"

#include <arpa/inet.h>

#include <array>
#include <cctype>
#include <ctime>

#include <fmt/core.h>

namespace citus_init::security {

namespace {

constexpr std::size_t kLongestCommonName = 64;

bool is_address(const std::string& name) {
    std::array<unsigned char, 16> address{};
    return ::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

std::string text_of(const CryptoLibrary& crypto, BIO* bio) {
    char* data = nullptr;
    const long size = crypto.bio_control(bio, BIO_CTRL_INFO, 0, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : "";
}

auto memory_of(const CryptoLibrary& crypto, const std::string& text) {
    return owned(crypto.bio_from_memory(text.data(), static_cast<int>(text.size())),
                 crypto.bio_free);
}

}  // namespace

Error crypto_error(const CryptoLibrary& crypto, std::string_view what) {
    std::array<char, 256> reason{};
    crypto.error_string(crypto.next_error(), reason.data(), reason.size());
    return Error{ExitCode::software,
                 fmt::format("cannot make the node's certificate: {}: {}", what, reason.data())};
}

OwnedCertificate certificate_of(const CryptoLibrary& crypto, const std::string& pem) {
    const auto bio = memory_of(crypto, pem);
    auto certificate = owned(crypto.read_certificate(bio.get(), nullptr, nullptr, nullptr),
                             crypto.certificate_free);
    crypto.clear_errors();
    return certificate;
}

std::vector<OwnedCertificate> certificates_of(const CryptoLibrary& crypto, const std::string& pem) {
    const auto bio = memory_of(crypto, pem);
    std::vector<OwnedCertificate> all;
    while (X509* next = crypto.read_certificate(bio.get(), nullptr, nullptr, nullptr)) {
        all.push_back(owned(next, crypto.certificate_free));
    }
    crypto.clear_errors();
    return all;
}

OwnedKey key_of(const CryptoLibrary& crypto, const std::string& pem) {
    const auto bio = memory_of(crypto, pem);
    // A key with a passphrase is none for us: nobody is there to be asked.
    const auto no_passphrase = [](char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
        return 0;
    };
    auto key = owned(crypto.read_key(bio.get(), nullptr, no_passphrase, nullptr), crypto.key_free);
    crypto.clear_errors();
    return key;
}

Result<std::string> pem_of(const CryptoLibrary& crypto, X509* certificate) {
    const auto bio = owned(crypto.bio_new(crypto.memory_method()), crypto.bio_free);
    if (!bio || crypto.write_certificate(bio.get(), certificate) != 1) {
        return fail(crypto_error(crypto, "the file of the certificate"));
    }
    return text_of(crypto, bio.get());
}

Result<std::string> pem_of(const CryptoLibrary& crypto, EVP_PKEY* key) {
    const auto bio = owned(crypto.bio_new(crypto.memory_method()), crypto.bio_free);
    if (!bio || crypto.write_key(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return fail(crypto_error(crypto, "the file of the key"));
    }
    return text_of(crypto, bio.get());
}

std::optional<std::string> alternative_name(const std::string& name) {
    if (is_address(name)) {
        return "IP:" + name;
    }
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.' && c != '_') {
            return std::nullopt;
        }
    }
    return name.empty() ? std::nullopt : std::optional("DNS:" + name);
}

bool set_random_serial(const CryptoLibrary& crypto, X509* certificate) {
    std::array<unsigned char, 8> serial{};
    if (crypto.random_bytes(serial.data(), static_cast<int>(serial.size())) != 1) {
        return false;
    }
    std::uint64_t number = 0;
    for (const unsigned char byte : serial) {
        number = number << 8U | byte;
    }
    return crypto.set_integer(crypto.serial_of(certificate), number) == 1;
}

bool set_common_name(const CryptoLibrary& crypto, X509* certificate, const std::string& name) {
    const std::string common_name = name.substr(0, kLongestCommonName);
    return crypto.add_to_name(crypto.subject_of(certificate), "CN", MBSTRING_UTF8,
                              reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                              0) == 1;
}

bool add_extension(const CryptoLibrary& crypto, X509* certificate, X509* issuer, int nid,
                   const std::string& value) {
    X509V3_CTX context{};
    crypto.set_extension_context(&context, issuer, certificate, nullptr, nullptr, 0);
    const auto extension =
        owned(crypto.make_extension(nullptr, &context, nid, value.c_str()), crypto.extension_free);
    return extension && crypto.add_extension(certificate, extension.get(), -1) == 1;
}

std::optional<std::int64_t> seconds_of(const CryptoLibrary& crypto, const ASN1_TIME* time) {
    std::tm fields{};
    return crypto.time_to_tm(time, &fields) == 1 ? std::optional<std::int64_t>(::timegm(&fields))
                                                 : std::nullopt;
}

bool covers(const CryptoLibrary& crypto, X509* certificate, const std::string& name) {
    return is_address(name)
               ? crypto.check_address(certificate, name.c_str(), 0) == 1
               : crypto.check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

}  // namespace citus_init::security
