#include "citus_init/base/path.h"

#include <filesystem>

namespace citus_init {

bool is_within(const std::string& path, const std::string& directory) {
    const auto relative = std::filesystem::path(path).lexically_normal().lexically_relative(
        std::filesystem::path(directory).lexically_normal());
    return !relative.empty() && *relative.begin() != "..";
}

std::string without_trailing_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/') {
        path.pop_back();
    }
    return path;
}

std::string absolute_socket_directory(std::string_view name, const std::string& data_directory) {
    if (name.empty() || name.front() == '/' || name.front() == '@') {
        return std::string(name);
    }
    return (std::filesystem::path(data_directory) / name).lexically_normal().string();
}

}  // namespace citus_init
