#include "citus_init/process/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace citus_init::process {

void occupy_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            // open(2) takes the lowest free number, which is this one. "/" as a mere path can be
            // neither read nor written, and is there even where /dev is not.
            if (::open("/dev/null", O_RDWR | O_CLOEXEC) < 0) {
                [[maybe_unused]] const int path = ::open("/", O_PATH | O_CLOEXEC);
            }
        }
    }
}

void keep_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        ::fcntl(fd, F_SETFD, 0);
    }
}

}  // namespace citus_init::process
