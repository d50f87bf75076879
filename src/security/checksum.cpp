#include "citus_init/security/checksum.h"

#include <array>

#include <fmt/core.h>

#include "security/crypto_library.h"

namespace citus_init::security {

Result<std::string> sha256_text(std::string_view content) {
    const auto crypto = load_crypto_library();
    if (!crypto) {
        return fail(crypto.error());
    }
    std::array<unsigned char, 32> digest{};
    if (crypto->digest(content.data(), content.size(), digest.data(), nullptr, crypto->sha256(),
                       nullptr) != 1) {
        return fail(ExitCode::os, "libcrypto cannot make a SHA-256 checksum");
    }
    std::string text;
    for (const unsigned char byte : digest) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

}  // namespace citus_init::security
