#include "repository_host/output_pipe.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "citus_init/base/pipe.h"

namespace citus_init::repository_host {

Result<std::unique_ptr<OutputPipe>> OutputPipe::create(process::EventLoop& loop,
                                                       Received received) {
    auto pipe = make_pipe();
    if (!pipe) {
        return fail(pipe.error());
    }
    std::unique_ptr<OutputPipe> self(new OutputPipe(std::move(received)));
    self->reading_ = std::move(pipe->reading);
    self->writing_ = std::move(pipe->writing);
    ::fcntl(self->reading_.get(), F_SETFL, O_NONBLOCK);
    CITUS_INIT_TRY(
        keep(self->watch_, loop.watch(self->reading_.get(), EPOLLIN,
                                      [raw = self.get()](std::uint32_t) { raw->drain(); })));
    return self;
}

void OutputPipe::drain() {
    std::array<char, 65536> buffer{};
    while (reading_) {
        const ssize_t count = ::read(reading_.get(), buffer.data(), buffer.size());
        if (count > 0) {
            received_({buffer.data(), static_cast<std::size_t>(count)});
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else {
            if (count == 0) {  // nobody writes there any more
                watch_.reset();
                reading_.reset();
            }
            return;
        }
    }
}

}  // namespace citus_init::repository_host
