#include "citus_init/base/path.h"

#include <filesystem>

namespace citus_init {

bool is_within(const std::string& path, const std::string& directory) {
    const auto relative = std::filesystem::path(path).lexically_normal().lexically_relative(
        std::filesystem::path(directory).lexically_normal());
    return !relative.empty() && *relative.begin() != "..";
}

}  // namespace citus_init
