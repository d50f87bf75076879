#include "libpq/authentication_answer.h"

#include <cstddef>
#include <cstdint>

namespace citus_init::libpq {

namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t start) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        number = number << 8U | static_cast<unsigned char>(bytes[start + i]);
    }
    return number;
}

}  // namespace

AuthenticationAnswer authentication_answer(std::string_view bytes) {
    constexpr std::size_t kHead = 5;    // type and length
    constexpr std::size_t kMethod = 4;  // of an authentication request
    constexpr std::uint32_t kCleartextPassword = 3;
    while (!bytes.empty()) {
        // An error may be one of the old protocol, which has no length; libpq knows both.
        if (bytes.front() == 'E') {
            return AuthenticationAnswer::harmless;
        }
        if (bytes.size() < kHead) {
            return AuthenticationAnswer::incomplete;
        }
        if (bytes.front() == 'R') {
            if (bytes.size() < kHead + kMethod) {
                return AuthenticationAnswer::incomplete;
            }
            if (number_at(bytes, kHead) == kCleartextPassword) {
                return AuthenticationAnswer::asks_in_clear;
            }
        }
        const std::size_t size = 1 + static_cast<std::size_t>(number_at(bytes, 1));
        if (bytes.size() < size || size < kHead) {
            return AuthenticationAnswer::incomplete;
        }
        bytes.remove_prefix(size);
    }
    return AuthenticationAnswer::harmless;
}

}  // namespace citus_init::libpq
