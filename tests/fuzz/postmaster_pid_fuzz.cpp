#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/postmaster_pid.h"

// What PID 1 reads from a data directory that may hold anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto file = citus_init::postgres::parse_postmaster_pid(text);
    if (file && file->pid <= 0) {
        std::abort();  // kill(2) would take it for a group
    }
    static_cast<void>(citus_init::postgres::mount_points(text));
    static_cast<void>(citus_init::postgres::parse_control_file(text));
    return 0;
}
