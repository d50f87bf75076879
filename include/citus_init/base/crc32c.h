#pragma once

#include <cstdint>
#include <string_view>

namespace citus_init {

// CRC-32C (Castagnoli), as PostgreSQL has it in pg_control and WAL. By the processor's instruction
// where it has one, some GB a second; else by a table.

// The state after `bytes`, neither begun nor inverted: from 0xFFFFFFFF on, ~ at the end.
std::uint32_t extend_crc32c(std::uint32_t state, std::string_view bytes);

inline std::uint32_t crc32c(std::string_view bytes) {
    return ~extend_crc32c(0xFFFFFFFFU, bytes);
}

}  // namespace citus_init
