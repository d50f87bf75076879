#include "security/hkdf.h"

#include <array>
#include <string>

#include "security/certificate_parts.h"

namespace citus_init::security {

namespace {

// OSSL_PARAM has no const, but EVP_KDF_derive(3) only reads these.
OSSL_PARAM bytes_parameter(const char* name, std::string_view bytes) {
    return OSSL_PARAM_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

bool hkdf(const CryptoLibrary& crypto, std::string_view key, std::string_view salt,
          std::string_view info, std::span<unsigned char> result) {
    const auto method =
        owned(crypto.derivation_fetch(nullptr, "HKDF", nullptr), crypto.derivation_method_free);
    if (!method) {
        return false;
    }
    const auto derivation = owned(crypto.derivation_new(method.get()), crypto.derivation_free);
    std::string digest = "SHA256";
    const std::array parameters{
        OSSL_PARAM{OSSL_KDF_PARAM_DIGEST, OSSL_PARAM_UTF8_STRING, digest.data(), digest.size(),
                   OSSL_PARAM_UNMODIFIED},
        bytes_parameter(OSSL_KDF_PARAM_KEY, key), bytes_parameter(OSSL_KDF_PARAM_SALT, salt),
        bytes_parameter(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM{nullptr, 0, nullptr, 0, 0}};
    return derivation &&
           crypto.derive(derivation.get(), result.data(), result.size(), parameters.data()) == 1;
}

}  // namespace citus_init::security
