#include "citus_init/process/terminal.h"

#include <fcntl.h>
#include <unistd.h>

namespace citus_init::process {

namespace {

Fd open_terminal() {
    Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    for (int fd = STDIN_FILENO; !terminal && fd <= STDERR_FILENO; ++fd) {
        // No /dev/tty node: ENOTTY unless it is a terminal and the one of our session.
        if (::tcgetpgrp(fd) >= 0) {
            terminal = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
        }
    }
    return terminal;
}

}  // namespace

Terminal::Terminal() : fd_(open_terminal()) {}

bool Terminal::held_by(pid_t group) const {
    return fd_ && ::tcgetpgrp(fd_.get()) == group;
}

void Terminal::give_to(pid_t group) const {
    if (fd_) {
        ::tcsetpgrp(fd_.get(), group);
    }
}

}  // namespace citus_init::process
