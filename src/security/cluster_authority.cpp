#include "security/cluster_authority.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "security/hkdf.h"

namespace citus_init::security {

namespace {

// Never to be changed: nodes of two versions must derive the same key.
constexpr std::string_view kSalt = "citus-init cluster authority";
constexpr std::string_view kInfo = "P-256 private key, version 1, attempt ";
constexpr std::size_t kSize = 32;  // of SHA-256's result and of a scalar

using Bytes = std::array<unsigned char, kSize>;

using OwnedNumber = std::unique_ptr<BIGNUM, decltype(&::BN_clear_free)>;

// Uniform in [1, n): what lies outside is thrown away, which happens once in 2^32 secrets.
OwnedNumber private_scalar(const CryptoLibrary& crypto, const Secret& secret,
                           const EC_GROUP* group) {
    constexpr int kAttempts = 16;
    OwnedNumber scalar(nullptr, crypto.number_free);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        Bytes bytes{};
        if (!hkdf(crypto, secret.reveal(), kSalt, fmt::format("{}{}", kInfo, attempt), bytes)) {
            return {nullptr, crypto.number_free};
        }
        scalar.reset(crypto.number_from_bytes(bytes.data(), kSize, nullptr));
        crypto.cleanse(bytes.data(), bytes.size());
        if (scalar && crypto.is_zero(scalar.get()) == 0 &&
            crypto.compare_numbers(scalar.get(), crypto.order_of(group)) < 0) {
            return scalar;
        }
    }
    return {nullptr, crypto.number_free};
}

OwnedKey key_from(const CryptoLibrary& crypto, const EC_GROUP* group, const BIGNUM* scalar) {
    constexpr std::size_t kPointSize = 65;  // 0x04, x, y
    OwnedKey none(nullptr, crypto.key_free);
    const auto point = owned(crypto.point_new(group), crypto.point_free);
    std::array<unsigned char, kPointSize> encoded{};
    if (!point || crypto.multiply(group, point.get(), scalar, nullptr, nullptr, nullptr) != 1 ||
        crypto.point_to_bytes(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                              encoded.size(), nullptr) != kPointSize) {
        return none;
    }
    const auto builder = owned(crypto.parameters_builder_new(), crypto.parameters_builder_free);
    if (!builder || crypto.push_text(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        crypto.push_bytes(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()) !=
            1 ||
        crypto.push_number(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1) {
        return none;
    }
    const auto parameters = owned(crypto.build_parameters(builder.get()), crypto.parameters_free);
    const auto context =
        owned(crypto.key_context_new(nullptr, "EC", nullptr), crypto.key_context_free);
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || crypto.key_from_data_init(context.get()) != 1 ||
        crypto.key_from_data(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1) {
        return none;
    }
    return {key, crypto.key_free};
}

// Of the public key: what tells two clusters apart for people, and where the serial comes from.
std::optional<Bytes> fingerprint_of(const CryptoLibrary& crypto, EVP_PKEY* key) {
    unsigned char* encoded = nullptr;
    const int size = crypto.encode_public_key(key, nullptr);
    if (size <= 0) {
        return std::nullopt;
    }
    std::string buffer(static_cast<std::size_t>(size), '\0');
    encoded = reinterpret_cast<unsigned char*>(buffer.data());
    Bytes result{};
    if (crypto.encode_public_key(key, &encoded) != size ||
        crypto.digest(buffer.data(), buffer.size(), result.data(), nullptr, crypto.sha256(),
                      nullptr) != 1) {
        return std::nullopt;
    }
    return result;
}

bool fill_in(const CryptoLibrary& crypto, X509* certificate, EVP_PKEY* key) {
    const auto fingerprint = fingerprint_of(crypto, key);
    if (!fingerprint) {
        return false;
    }
    std::uint64_t serial = 0;
    for (std::size_t i = 0; i < sizeof serial; ++i) {
        serial = serial << 8U | (*fingerprint)[i];
    }
    // 9999: RFC 5280's "no well-defined end". The authority is as old as its secret.
    return crypto.set_version(certificate, X509_VERSION_3) == 1 &&
           crypto.set_integer(crypto.serial_of(certificate), serial >> 1U) == 1 &&
           crypto.set_time_text(crypto.mutable_start_of(certificate), "20200101000000Z") == 1 &&
           crypto.set_time_text(crypto.mutable_end_of(certificate), "99991231235959Z") == 1 &&
           crypto.set_key(certificate, key) == 1 &&
           set_common_name(crypto, certificate,
                           fmt::format("citus-init cluster {:08x}", serial >> 32U)) &&
           crypto.set_issuer(certificate, crypto.subject_of(certificate)) == 1 &&
           add_extension(crypto, certificate, certificate, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           add_extension(crypto, certificate, certificate, NID_key_usage, "critical,keyCertSign") &&
           add_extension(crypto, certificate, certificate, NID_subject_key_identifier, "hash") &&
           crypto.sign(certificate, key, crypto.sha256()) > 0;
}

}  // namespace

Result<ClusterAuthority> derive_cluster_authority(const CryptoLibrary& crypto,
                                                  const Secret& secret) {
    const auto group = owned(crypto.group_new(NID_X9_62_prime256v1), crypto.group_free);
    if (!group) {
        return fail(crypto_error(crypto, "the curve P-256"));
    }
    const auto scalar = private_scalar(crypto, secret, group.get());
    if (!scalar) {
        return fail(crypto_error(crypto, "the derivation of the authority's key"));
    }
    auto key = key_from(crypto, group.get(), scalar.get());
    if (!key) {
        return fail(crypto_error(crypto, "the authority's key"));
    }
    auto certificate = owned(crypto.certificate_new(), crypto.certificate_free);
    if (!certificate || !fill_in(crypto, certificate.get(), key.get())) {
        return fail(crypto_error(crypto, "the authority's certificate"));
    }
    return ClusterAuthority{std::move(key), std::move(certificate)};
}

}  // namespace citus_init::security
