#include "supervisor/standalone/kept_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "citus_init/base/bounded_output.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/process/memory_file.h"
#include "citus_init/supervisor/log_relay.h"

namespace citus_init::supervisor {

Result<Fd> KeptOutput::open() {
    CITUS_INIT_TRY(keep(file_, process::make_memory_file("citus-init output", "")));
    // The child's two descriptors and ours share one offset.
    Fd end(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 3));
    if (!end) {
        return fail(
            errno_error("cannot duplicate the descriptor of a memory file", errno, ExitCode::os));
    }
    return end;
}

std::string KeptOutput::print() {
    constexpr off_t kStep = 4096;
    std::array<char, kStep> buffer{};
    std::string text;
    for (off_t at = 0; file_; at += kStep) {
        const ssize_t count = ::pread(file_.get(), buffer.data(), buffer.size(), at);
        if (count <= 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    std::string reason;
    BoundedOutput output(STDERR_FILENO);  // process 1 waits for no reader
    for (const std::string& line : split(text, '\n')) {
        const std::string shown = without_initdb_password(line);
        if (shown.find("error: ") != std::string::npos ||
            shown.find("FATAL:  ") != std::string::npos) {
            reason = shown;
        }
        static_cast<void>(output.write(log::format() == log::Format::json
                                           ? log::line(log::Level::error, shown)
                                           : shown + "\n"));
    }
    file_ = Fd();
    return reason;
}

}  // namespace citus_init::supervisor
