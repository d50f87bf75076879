#pragma once

#include <span>
#include <string_view>

#include "security/crypto_library.h"

namespace citus_init::security {

// HKDF with SHA-256 (RFC 5869), extract and expand: fills `result`. False: libcrypto says why.
[[nodiscard]] bool hkdf(const CryptoLibrary& crypto, std::string_view key, std::string_view salt,
                        std::string_view info, std::span<unsigned char> result);

}  // namespace citus_init::security
