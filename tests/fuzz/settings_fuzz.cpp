// Any environment and any YAML file: load_settings() ends, throws nothing, and what it resolved
// means the same again. The input is an environment block ("NAME=value\0"...), an empty entry, and
// the text of the YAML file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "citus_init/settings/load.h"

#include "support/fake_filesystem.h"

namespace {

using citus_init::settings::Environment;
using citus_init::settings::load_settings;

void expect(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void load(const Environment& environment, const citus_init::Filesystem& files) {
    const auto loaded = load_settings(environment, files);
    for (const auto& problem : loaded ? loaded->warnings : loaded.error().problems) {
        expect(!problem.text().empty());
    }
    for (const auto& warning : loaded ? loaded->warnings : loaded.error().warnings) {
        expect(!warning.text().empty());
    }
    expect(loaded || !loaded.error().problems.empty());
    if (loaded) {
        const auto again = load_settings(loaded->resolved, citus_init::test::FakeFilesystem());
        expect(again && again->settings == loaded->settings);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(data, data + size);
    const std::size_t end = input.find(std::string_view("\0\0", 2));
    Environment environment =
        citus_init::settings::parse_environment_block(std::string_view(input).substr(0, end));
    const std::string yaml = end == std::string::npos ? "" : input.substr(end + 2);

    citus_init::test::FakeFilesystem files;
    files.add_file(citus_init::settings::kDefaultYamlPath, yaml);
    files.add_file("/secret", yaml);
    load(environment, files);
    environment.try_emplace("PGDATA", "/data");
    load(environment, files);
    return 0;
}
