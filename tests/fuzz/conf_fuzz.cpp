// Any bytes are a postgresql.conf that is read to its end, and every value that was read survives
// being written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "citus_init/render/conf_parser.h"

#include "support/fake_filesystem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const citus_init::test::FakeFilesystem files;
    for (const auto& entry : citus_init::render::parse_conf_text(text, "/f", files).entries) {
        const std::string line =
            entry.name + " = " + citus_init::render::quote_conf_value(entry.value);
        const auto again = citus_init::render::parse_conf_text(line, "/f", files);
        if (again.entries.size() != 1 || again.entries[0].value != entry.value) {
            std::abort();
        }
    }
    return 0;
}
