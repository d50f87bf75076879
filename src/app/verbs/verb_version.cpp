#include <cstdlib>

#include <CLI/Version.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/error.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/base/version.h"
#include "citus_init/citus/installation.h"
#include "citus_init/settings/environment.h"

#include "app/supervisor/server_version.h"
#include "app/verbs/verbs.h"

namespace citus_init::app {

namespace {

std::string variable(const settings::Environment& environment, const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

std::string first_sentence(const Error& error) {
    const std::string text = one_line(error.message);
    return text.substr(0, text.find(". "));
}

}  // namespace

int run_version(const settings::Environment& environment) {
    fmt::print("citus-init {}\n", version());
    const auto bin = server_bin_directory(variable(environment, "CITUS_PG_BINDIR"),
                                          variable(environment, "PATH"));
    const auto postgres = bin ? server_version_text(*bin) : Result<std::string>(fail(bin.error()));
    fmt::print("PostgreSQL: {}\n", postgres ? fmt::format("{} ({})", *postgres, *bin)
                                            : "none: " + first_sentence(postgres.error()));
    if (bin) {
        const auto major = server_major_version(*bin, "");
        const auto citus = citus::find_citus(RealFilesystem(), *bin, major.value_or(0));
        fmt::print("Citus: {}\n", citus ? fmt::format("{} ({})", citus->default_version.text(),
                                                      citus->library_path)
                                        : "none for this PostgreSQL");
    }
    fmt::print(
        "libraries: CLI11 {}, fmt {}.{}.{}, nlohmann-json {}.{}.{}; glibc built with {}.{}\n",
        CLI11_VERSION, FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100,
        NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH,
        __GLIBC__, __GLIBC_MINOR__);
    return 0;
}

}  // namespace citus_init::app
