#include "citus_init/postgres/control_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <fmt/core.h>

namespace citus_init::postgres {

namespace {

constexpr std::size_t kFileSize = 8192;
// ControlFileData is some 300 bytes in every version; its checksum is its last field.
constexpr std::size_t kFirstChecksumOffset = 64;
constexpr std::size_t kLastChecksumOffset = 512;

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

// CRC-32C, one byte at a time; inverted at the end by the caller, as PostgreSQL's FIN_CRC32C does.
std::uint32_t extend_crc(std::uint32_t crc, char byte) {
    return kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (crc >> 8U);
}

template <typename T>
T value_at(std::string_view bytes, std::size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

// The place of the checksum moves from version to version, but it is followed by zeros only. So it
// is searched for: the one word that is the CRC of all before it and has zeros behind it.
bool checksum_fits(std::string_view bytes) {
    const auto last = bytes.find_last_not_of('\0');
    if (last == std::string_view::npos) {
        return false;
    }
    std::uint32_t crc = 0xFFFFFFFFU;
    for (std::size_t offset = 0; offset < kLastChecksumOffset; ++offset) {
        const bool aligned = offset % sizeof crc == 0 && offset >= kFirstChecksumOffset;
        if (aligned && offset + sizeof crc > last &&
            value_at<std::uint32_t>(bytes, offset) == ~crc) {
            return true;
        }
        crc = extend_crc(crc, bytes[offset]);
    }
    return false;
}

std::optional<ClusterState> state_of(std::int32_t number) {
    if (number < static_cast<int>(ClusterState::starting_up) ||
        number > static_cast<int>(ClusterState::in_production)) {
        return std::nullopt;
    }
    return static_cast<ClusterState>(number);
}

}  // namespace

const char* cluster_state_name(ClusterState state) {
    switch (state) {
        case ClusterState::starting_up:
            return "starting up";
        case ClusterState::shut_down:
            return "shut down";
        case ClusterState::shut_down_in_recovery:
            return "shut down in recovery";
        case ClusterState::shutting_down:
            return "shutting down";
        case ClusterState::in_crash_recovery:
            return "in crash recovery";
        case ClusterState::in_archive_recovery:
            return "in archive recovery";
        case ClusterState::in_production:
            return "in production";
    }
    return "unknown";
}

bool is_cleanly_shut_down(const ControlFile& control) {
    return control.state == ClusterState::shut_down ||
           control.state == ClusterState::shut_down_in_recovery;
}

Result<ControlFile> parse_control_file(std::string_view bytes) {
    if (bytes.size() != kFileSize) {
        return fail(ExitCode::data_directory,
                    fmt::format("has {} bytes instead of {}", bytes.size(), kFileSize));
    }
    if (!checksum_fits(bytes)) {
        return fail(ExitCode::data_directory, "does not fit its checksum");
    }
    const auto number = value_at<std::int32_t>(bytes, 16);
    const auto state = state_of(number);
    if (!state) {
        return fail(ExitCode::data_directory, fmt::format("has an unknown state ({})", number));
    }
    return ControlFile{value_at<std::uint64_t>(bytes, 0), value_at<std::uint32_t>(bytes, 8),
                       value_at<std::uint32_t>(bytes, 12), *state};
}

Result<ControlFile> read_control_file(const Filesystem& files, const std::string& data_directory) {
    const std::string path = data_directory + "/global/pg_control";
    const auto bytes = files.read(path, read_limit::kRecord);
    if (!bytes) {
        return fail(bytes.error());
    }
    auto control = parse_control_file(*bytes);
    if (!control) {
        return fail(control.error().code, fmt::format("\"{}\" {}", path, control.error().message));
    }
    return control;
}

bool was_cleanly_shut_down(const Filesystem& files, const std::string& data_directory) {
    const auto control = read_control_file(files, data_directory);
    return control && is_cleanly_shut_down(*control);
}

}  // namespace citus_init::postgres
