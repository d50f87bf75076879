#include "citus_init/node/inherited_settings.h"

#include <string.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/node/problems.h"

namespace citus_init::node {

Result<settings::Environment> inherited_settings() {
    constexpr int kLargest = 65535;
    const char* text = std::getenv(kSettingsVariable);
    const auto number = parse_integer(text == nullptr ? "" : text, 3, kLargest);
    if (!number) {
        return fail(ExitCode::usage, "this verb is started by citus-init itself, not by hand");
    }
    const Fd fd(static_cast<int>(*number));
    ::lseek(fd.get(), 0, SEEK_SET);
    std::string block;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count == 0) {
            auto environment = settings::parse_environment_block(block);
            explicit_bzero(block.data(), block.size());
            return environment;
        }
        if (count > 0) {
            block.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return fail(errno_error("cannot read the settings from PID 1", errno));
        }
    }
}

Result<settings::LoadedSettings> load_inherited_settings() {
    const auto environment = inherited_settings();
    if (!environment) {
        return fail(environment.error());
    }
    auto loaded = settings::load_settings(*environment, RealFilesystem());
    if (!loaded) {
        return fail(as_error(loaded.error()));
    }
    return std::move(*loaded);
}

}  // namespace citus_init::node
