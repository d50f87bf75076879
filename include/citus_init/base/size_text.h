#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init {

inline constexpr double kMegabyte = 1024.0 * 1024;
inline constexpr double kGigabyte = 1024 * kMegabyte;
inline constexpr double kBlock = 8192;  // PostgreSQL's, which its settings of buffers count in

// A number of bytes for people, in PostgreSQL's units of 1024: "0 bytes", "1.5 kB", "80 MB",
// "9.0 GB"; one decimal below ten. Negative ones are 0.
std::string size_text(double bytes);
template <std::integral Integer>
std::string size_text(Integer bytes) {
    return size_text(static_cast<double>(bytes));
}

// Bytes of a size as PostgreSQL reads it ("64GB", "8192": in `unit` bytes). None: no size.
std::optional<double> size_in_bytes(std::string_view text, double unit);

}  // namespace citus_init
