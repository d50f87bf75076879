#include "citus_init/postgres/control_file.h"

#include <cstring>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/crc32c.h"

namespace citus_init::postgres {

namespace {

constexpr std::size_t kFileSize = 8192;
// ControlFileData is some 300 bytes in every version; its checksum is its last field.
constexpr std::size_t kFirstChecksumOffset = 64;
constexpr std::size_t kLastChecksumOffset = 512;
constexpr std::size_t kNonceBytes = sizeof(ClusterIdentity::nonce);
constexpr std::uint32_t kOldestControlVersion = 1300;  // PostgreSQL 13
constexpr std::uint32_t kNewestControlVersion = 1800;  // PostgreSQL 18

template <typename T>
T value_at(std::string_view bytes, std::size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

// The place of the checksum moves from version to version, but it is followed by zeros only. So it
// is searched for: the one word that is the CRC of all before it and has zeros behind it.
std::optional<std::size_t> checksum_offset(std::string_view bytes) {
    constexpr std::size_t kWord = sizeof(std::uint32_t);
    const auto last = bytes.find_last_not_of('\0');
    if (bytes.size() != kFileSize || last == std::string_view::npos) {
        return std::nullopt;
    }
    std::uint32_t crc = extend_crc32c(0xFFFFFFFFU, bytes.substr(0, kFirstChecksumOffset));
    for (std::size_t offset = kFirstChecksumOffset; offset < kLastChecksumOffset; offset += kWord) {
        if (offset + kWord > last && value_at<std::uint32_t>(bytes, offset) == ~crc) {
            return offset;
        }
        crc = extend_crc32c(crc, bytes.substr(offset, kWord));
    }
    return std::nullopt;
}

template <typename T>
void put_at(std::string& bytes, std::size_t offset, const T& value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

constexpr std::uint32_t kFirstWithSignedness = 1800;

// Of mock_authentication_nonce, which ends where the checksum begins. Since PostgreSQL 18 a byte is
// before it (default_char_signedness), so that three are between the two for alignment.
std::size_t nonce_offset(std::uint32_t control_version, std::size_t checksum) {
    constexpr std::size_t kPadding = 3;
    return checksum - kNonceBytes - (control_version >= kFirstWithSignedness ? kPadding : 0);
}

// Of data_checksum_version, which is before that byte and the nonce.
std::size_t data_checksums_offset(std::uint32_t control_version, std::size_t checksum) {
    return nonce_offset(control_version, checksum) - sizeof(std::uint32_t) -
           (control_version >= kFirstWithSignedness ? 1 : 0);
}

// Of a version whose layout is known.
Result<ControlFile> parse_known_control_file(std::string_view bytes) {
    auto control = parse_control_file(bytes);
    if (control && (control->control_version < kOldestControlVersion ||
                    control->control_version > kNewestControlVersion)) {
        return fail(ExitCode::data_directory,
                    fmt::format("has the unknown version {}", control->control_version));
    }
    return control;
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
    if (!checksum_offset(bytes)) {
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

Result<std::string> control_file_with(std::string bytes, const ClusterIdentity& identity) {
    const auto control = parse_known_control_file(bytes);
    if (!control) {
        return fail(control.error());
    }
    const std::size_t checksum = *checksum_offset(bytes);
    put_at(bytes, 0, identity.system_identifier);
    put_at(bytes, nonce_offset(control->control_version, checksum), identity.nonce);
    put_at(bytes, checksum, crc32c(std::string_view(bytes).substr(0, checksum)));
    return bytes;
}

Result<bool> has_data_checksums(std::string_view bytes) {
    const auto control = parse_known_control_file(bytes);
    if (!control) {
        return fail(control.error());
    }
    const std::size_t offset =
        data_checksums_offset(control->control_version, *checksum_offset(bytes));
    return value_at<std::uint32_t>(bytes, offset) != 0;
}

Result<std::string> wal_page_with(std::string page, std::uint64_t before, std::uint64_t after) {
    // XLogLongPageHeaderData of access/xlog_internal.h: magic, flags, timeline, address, length of
    // a record that goes on; then the identifier. No checksum covers it.
    constexpr std::size_t kFlags = 2;
    constexpr std::size_t kIdentifier = 24;
    constexpr std::uint16_t kLongHeader = 0x0002;
    if (page.size() < kIdentifier + sizeof before ||
        (value_at<std::uint16_t>(page, kFlags) & kLongHeader) == 0 ||
        value_at<std::uint64_t>(page, kIdentifier) != before) {
        return fail(ExitCode::data_directory, "is no first page of the cluster's WAL");
    }
    put_at(page, kIdentifier, after);
    return page;
}

namespace {

struct ReadFile {
    std::string bytes;
    ControlFile control;
};

Result<ReadFile> read_at(const Filesystem& files, const std::string& path) {
    auto bytes = files.read(path, read_limit::kRecord);
    if (!bytes) {
        return fail(bytes.error());
    }
    const auto control = parse_control_file(*bytes);
    if (!control) {
        return fail(control.error().code, fmt::format("\"{}\" {}", path, control.error().message));
    }
    return ReadFile{std::move(*bytes), *control};
}

}  // namespace

Result<ControlFile> read_control_file(const Filesystem& files, const std::string& data_directory) {
    const auto file = read_at(files, data_directory + "/global/pg_control");
    return file ? Result<ControlFile>(file->control) : fail(file.error());
}

Result<std::string> control_fingerprint(const Filesystem& files,
                                        const std::string& data_directory) {
    std::string path = data_directory + "/global/pg_control";
    if (!files.exists(path)) {
        path += ".old";
    }
    const auto file = read_at(files, path);
    if (!file) {
        return fail(file.error());
    }
    // A CRC of all of it would be the same for every file that ends with its own CRC.
    return fmt::format("{}:{:08x}", file->control.system_identifier,
                       value_at<std::uint32_t>(file->bytes, *checksum_offset(file->bytes)));
}

bool was_cleanly_shut_down(const Filesystem& files, const std::string& data_directory) {
    const auto control = read_control_file(files, data_directory);
    return control && is_cleanly_shut_down(*control);
}

}  // namespace citus_init::postgres
