#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/version.h"
#include "citus_init/status/report.h"

// What PID 1 reads from its agent, and the agent from a server: anything may stand there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto report = citus_init::status::parse_report(text)) {
        std::string line = citus_init::status::encode_report(*report);
        if (line.find('\n') != line.size() - 1) {
            std::abort();
        }
        line.pop_back();
        if (citus_init::status::parse_report(line) != report) {
            std::abort();
        }
    }
    static_cast<void>(citus_init::citus::parse_conninfo(text));
    static_cast<void>(citus_init::citus::parse_extension_version(text));
    return 0;
}
