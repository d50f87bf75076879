#include "citus_init/base/base64.h"

#include <cstdint>

namespace citus_init {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kBytes = 3;  // of a group
constexpr std::size_t kDigits = 4;
constexpr unsigned kDigitBits = 6;
constexpr unsigned kByteBits = 8;

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += kBytes) {
        const std::string_view group = bytes.substr(at, kBytes);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < kBytes; ++i) {
            const auto byte = i < group.size() ? static_cast<unsigned char>(group[i]) : 0U;
            bits = bits << kByteBits | byte;
        }
        for (std::size_t i = 0; i < kDigits; ++i) {
            const auto digit = bits >> kDigitBits * (kDigits - 1 - i) & (kAlphabet.size() - 1);
            text += i <= group.size() ? kAlphabet[digit] : '=';
        }
    }
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % kDigits != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char digit : text) {
        const auto value = kAlphabet.find(digit);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = bits << kDigitBits | static_cast<std::uint32_t>(value);
        held += kDigitBits;
        if (held >= kByteBits) {
            held -= kByteBits;
            bytes += static_cast<char>(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    // What is left of the last digit is no data.
    return bits == 0 ? std::optional(bytes) : std::nullopt;
}

}  // namespace citus_init
