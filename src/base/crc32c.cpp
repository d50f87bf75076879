#include "citus_init/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace citus_init {

namespace {

constexpr std::array<std::uint32_t, 256> crc32c_table() {
    constexpr std::uint32_t kCastagnoli = 0x82F63B78U;
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ kCastagnoli : value >> 1U;
        }
        table[byte] = value;
    }
    return table;
}

constexpr auto kCrcTable = crc32c_table();

std::uint32_t extend_by_table(std::uint32_t state, std::string_view bytes) {
    for (const char byte : bytes) {
        state = kCrcTable[(state ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (state >> 8U);
    }
    return state;
}

#if defined(__x86_64__) || defined(__aarch64__)

#if defined(__x86_64__)
#define CITUS_INIT_CRC_TARGET __attribute__((target("sse4.2")))
CITUS_INIT_CRC_TARGET std::uint32_t extend_by_word(std::uint32_t state, std::uint64_t word) {
    return static_cast<std::uint32_t>(_mm_crc32_u64(state, word));
}
bool has_instruction() {
    return static_cast<bool>(__builtin_cpu_supports("sse4.2"));
}
#else
#define CITUS_INIT_CRC_TARGET __attribute__((target("+crc")))
CITUS_INIT_CRC_TARGET std::uint32_t extend_by_word(std::uint32_t state, std::uint64_t word) {
    return __crc32cd(state, word);
}
bool has_instruction() {
    return (::getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}
#endif

CITUS_INIT_CRC_TARGET std::uint32_t extend_by_instruction(std::uint32_t state,
                                                          std::string_view bytes) {
    std::size_t at = 0;
    for (std::uint64_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
        std::memcpy(&word, bytes.data() + at, sizeof word);
        state = extend_by_word(state, word);
    }
    return extend_by_table(state, bytes.substr(at));
}

#else

bool has_instruction() {
    return false;
}
std::uint32_t extend_by_instruction(std::uint32_t state, std::string_view bytes) {
    return extend_by_table(state, bytes);
}

#endif

}  // namespace

std::uint32_t extend_crc32c(std::uint32_t state, std::string_view bytes) {
    static const bool by_instruction = has_instruction();
    return by_instruction ? extend_by_instruction(state, bytes) : extend_by_table(state, bytes);
}

}  // namespace citus_init
