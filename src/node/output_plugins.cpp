#include "citus_init/node/output_plugins.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"

namespace citus_init::node {

namespace {

using namespace std::string_view_literals;

// With its terminator, as the program has it.
constexpr auto kSetting = "output_plugin_libraries\0"sv;

// What cannot be read is taken not to know it: with a setting that it does not know, a server does
// not start.
bool knows_the_setting(const std::string& program) {
    const Fd file(::open(program.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || status.st_size <= 0) {
        return false;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
    if (mapped == MAP_FAILED) {
        return false;
    }
    const bool found = ::memmem(mapped, size, kSetting.data(), kSetting.size()) != nullptr;
    ::munmap(mapped, size);
    return found;
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
