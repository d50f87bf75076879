#include "app/supervisor/kept_output.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace citus_init::app {

namespace {

void write_to_stderr(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return;
        }
        text.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
}

}  // namespace

Result<Fd> KeptOutput::open() {
    file_ = Fd(::memfd_create("citus-init output", MFD_CLOEXEC));
    // The child's two descriptors and ours share one offset.
    Fd end(file_ ? ::fcntl(file_.get(), F_DUPFD_CLOEXEC, 3) : -1);
    if (!end) {
        return fail(errno_error("cannot make an anonymous file", errno, ExitCode::os));
    }
    return end;
}

void KeptOutput::print() {
    constexpr off_t kStep = 4096;
    std::array<char, kStep> buffer{};
    for (off_t at = 0; file_; at += kStep) {
        const ssize_t count = ::pread(file_.get(), buffer.data(), buffer.size(), at);
        if (count <= 0) {
            break;
        }
        write_to_stderr({buffer.data(), static_cast<std::size_t>(count)});
    }
    file_ = Fd();
}

}  // namespace citus_init::app
