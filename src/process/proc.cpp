#include "process/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/text.h"

namespace citus_init::process {

bool proc_is_ours() {
    std::array<char, 16> self{};
    const ssize_t length = ::readlink("/proc/self", self.data(), self.size());
    return length > 0 && std::string_view(self.data(), static_cast<std::size_t>(length)) ==
                             std::to_string(::getpid());
}

std::vector<pid_t> process_ids() {
    std::vector<pid_t> found;
    if (!proc_is_ours()) {
        return found;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    if (!proc) {
        return found;
    }
    while (const dirent* entry = ::readdir(proc.get())) {
        if (const auto pid = parse_integer(entry->d_name, 1, std::numeric_limits<pid_t>::max())) {
            found.push_back(static_cast<pid_t>(*pid));
        }
    }
    return found;
}

std::optional<ProcessStatus> process_status(pid_t pid) {
    const std::string text = read_process_file(pid, "stat", 512);
    // The name stands in parentheses and may hold any byte, so the end of it is the last ')'.
    const auto name_start = text.find('(');
    const auto name_end = text.rfind(')');
    constexpr std::size_t kParentOffset = 4;  // ") S PPID"
    if (name_end == std::string::npos || text.size() < name_end + kParentOffset + 1) {
        return std::nullopt;
    }
    ProcessStatus status;
    status.name = text.substr(name_start + 1, name_end - name_start - 1);
    status.state = text[name_end + 2];
    std::from_chars(&text[name_end + kParentOffset], text.data() + text.size(), status.parent);
    return status;
}

std::string read_process_file(pid_t pid, const char* file, std::size_t limit) {
    const Fd fd(::open(fmt::format("/proc/{}/{}", pid, file).c_str(), O_RDONLY | O_CLOEXEC));
    std::string content(limit, '\0');
    const ssize_t count = fd ? ::read(fd.get(), content.data(), content.size()) : -1;
    content.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return content;
}

}  // namespace citus_init::process
