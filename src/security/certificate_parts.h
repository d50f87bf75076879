#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"

#include "security/crypto_library.h"

namespace citus_init::security {

// Of private keys, and of what lies beside them.
inline constexpr mode_t kOwnerOnly = 0600;

// libcrypto's objects, each freed by its own function.
template <typename Object, typename Free>
std::unique_ptr<Object, Free> owned(Object* object, Free free) {
    return {object, free};
}

using OwnedCertificate = std::unique_ptr<X509, decltype(&::X509_free)>;
using OwnedKey = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;

Error crypto_error(const CryptoLibrary& crypto, std::string_view what);

// Empty where the text is none.
OwnedCertificate certificate_of(const CryptoLibrary& crypto, const std::string& pem);
// All that a file holds, in its order.
std::vector<OwnedCertificate> certificates_of(const CryptoLibrary& crypto, const std::string& pem);
OwnedKey key_of(const CryptoLibrary& crypto, const std::string& pem);

[[nodiscard]] Result<std::string> pem_of(const CryptoLibrary& crypto, X509* certificate);
[[nodiscard]] Result<std::string> pem_of(const CryptoLibrary& crypto, EVP_PKEY* key);

// "IP:10.0.0.1" or "DNS:worker-1", in the language of X509V3_EXT_conf_nid(), which gives commas and
// colons a meaning. None for what is neither a host name nor an address.
std::optional<std::string> alternative_name(const std::string& name);

bool set_random_serial(const CryptoLibrary& crypto, X509* certificate);
// A name of more than 64 characters is cut (ub-common-name of RFC 5280).
bool set_common_name(const CryptoLibrary& crypto, X509* certificate, const std::string& name);
bool add_extension(const CryptoLibrary& crypto, X509* certificate, X509* issuer, int nid,
                   const std::string& value);

// Seconds since 1970; none for a time that is not one.
std::optional<std::int64_t> seconds_of(const CryptoLibrary& crypto, const ASN1_TIME* time);

bool covers(const CryptoLibrary& crypto, X509* certificate, const std::string& name);

}  // namespace citus_init::security
