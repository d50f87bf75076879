#include "citus_init/render/socket_directories.h"

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"

namespace citus_init::render {

std::vector<std::string> socket_directories(const GucStack& stack) {
    std::vector<std::string> directories;
    for (const auto& part : split(stack.effective("unix_socket_directories"), ',')) {
        if (const auto name = trim(part); !name.empty()) {
            directories.push_back(absolute_socket_directory(name, stack.data_directory));
        }
    }
    return directories;
}

}  // namespace citus_init::render
