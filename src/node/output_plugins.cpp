#include "citus_init/node/output_plugins.h"

#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/regular_file.h"

namespace citus_init::node {

namespace {

using namespace std::string_view_literals;

// With its terminator, as the program has it.
constexpr auto kSetting = "output_plugin_libraries\0"sv;
// Small enough for the heap to keep it.
constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr std::size_t kMaxSegments = 64;

struct FileRange {
    off_t begin;
    off_t end;
};

// Where an ELF program has its string literals: the segments that are only read, neither run nor
// written. The whole file if there are none, as a linker without -z separate-code leaves it, or if
// it is no such program.
std::vector<FileRange> literals_of(const Fd& program) {
    std::vector<FileRange> whole{{0, ::lseek(program.get(), 0, SEEK_END)}};
    ElfW(Ehdr) header{};
    std::array<ElfW(Phdr), kMaxSegments> segments{};
    if (::pread(program.get(), &header, sizeof header, 0) != sizeof header ||
        std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_phentsize != sizeof segments[0] || header.e_phnum > kMaxSegments) {
        return whole;
    }
    const auto size = static_cast<ssize_t>(header.e_phnum * sizeof segments[0]);
    if (::pread(program.get(), segments.data(), static_cast<std::size_t>(size),
                static_cast<off_t>(header.e_phoff)) != size) {
        return whole;
    }
    std::vector<FileRange> ranges;
    for (const auto& segment : segments) {
        if (segment.p_type == PT_LOAD && segment.p_flags == PF_R) {
            const auto begin = static_cast<off_t>(segment.p_offset);
            ranges.push_back({begin, begin + static_cast<off_t>(segment.p_filesz)});
        }
    }
    return ranges.empty() ? whole : ranges;
}

// Parts overlap, so that none cuts the setting in two.
bool stands_in(const Fd& program, const FileRange& range) {
    std::string part(kReadSize, '\0');
    for (off_t at = range.begin; at < range.end;) {
        const auto wanted =
            std::min<std::size_t>(kReadSize, static_cast<std::size_t>(range.end - at));
        const ssize_t got = ::pread(program.get(), part.data(), wanted, at);
        if (got < static_cast<ssize_t>(kSetting.size())) {
            return false;
        }
        if (::memmem(part.data(), static_cast<std::size_t>(got), kSetting.data(),
                     kSetting.size()) != nullptr) {
            return true;
        }
        at += got - static_cast<ssize_t>(kSetting.size()) + 1;
    }
    return false;
}

// What cannot be read is taken not to know it: with a setting that it does not know, a server does
// not start.
bool knows_the_setting(const std::string& path) {
    const auto program = open_regular_file(path);
    if (!program) {
        return false;
    }
    const auto ranges = literals_of(*program);
    // The literals come after the symbols.
    return std::any_of(ranges.rbegin(), ranges.rend(),
                       [&](const FileRange& range) { return stands_in(*program, range); });
}

}  // namespace

std::vector<std::string> output_plugins(const std::string& bin_directory,
                                        const std::string& citus_library) {
    if (citus_library.empty() || !knows_the_setting(bin_directory + "/postgres")) {
        return {};
    }
    std::vector<std::string> plugins{"citus"};
    const auto directory = std::filesystem::path(citus_library).parent_path();
    if (RealFilesystem().exists((directory / "wal2json.so").string())) {
        plugins.emplace_back("wal2json");
    }
    return plugins;
}

}  // namespace citus_init::node
