#include <cstdlib>

#include <CLI/Version.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/dynamic_library.h"
#include "citus_init/base/error.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/base/version.h"
#include "citus_init/citus/installation.h"
#include "citus_init/http/client.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/node/server_version.h"
#include "citus_init/security/certificate.h"
#include "citus_init/settings/environment.h"

#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

std::string variable(const settings::Environment& environment, const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

std::string first_sentence(const Error& error) {
    const std::string text = one_line(error.message);
    return text.substr(0, text.find(". "));
}

constexpr const char* kMissing = "none";

// 150020
std::string libpq_version() {
    constexpr int kMajor = 10'000;
    auto library = DynamicLibrary::open(libpq::kLibrary);
    int (*number)() = nullptr;
    if (library) {
        library->find("PQlibVersion", number);
    }
    return number == nullptr ? kMissing
                             : fmt::format("{}.{}", number() / kMajor, number() % kMajor);
}

std::string crypto_version() {
    constexpr int kNameAndVersion = 0;
    auto library = DynamicLibrary::open(security::kCryptoLibrary);
    const char* (*text)(int) = nullptr;
    if (library) {
        library->find("OpenSSL_version", text);
    }
    return text == nullptr ? std::string("OpenSSL ") + kMissing : text(kNameAndVersion);
}

// "libcurl/7.88.1 GnuTLS/3.7.9 zlib/1.2.13 ..."
std::string curl_version() {
    for (const char* file : http::kLibraries) {
        auto library = DynamicLibrary::open(file);
        const char* (*text)() = nullptr;
        if (library) {
            library->find("curl_version", text);
        }
        if (text != nullptr) {
            const std::string all = text();
            return all.substr(0, all.find(' '));
        }
    }
    return std::string("libcurl ") + kMissing;
}

}  // namespace

int run_version(const settings::Environment& environment) {
    const std::string from = commit();
    fmt::print("citus-init {} (commit {})\n", version(), from.empty() ? "unknown" : from);
    const auto bin = node::server_bin_directory(variable(environment, "CITUS_PG_BINDIR"),
                                                variable(environment, "PATH"));
    const auto postgres =
        bin ? node::server_version_text(*bin) : Result<std::string>(fail(bin.error()));
    fmt::print("PostgreSQL: {}\n", postgres ? fmt::format("{} ({})", *postgres, *bin)
                                            : "none: " + first_sentence(postgres.error()));
    if (bin) {
        const auto major = node::server_major_version(*bin, "");
        const auto citus = citus::find_citus(RealFilesystem(), *bin, major.value_or(0));
        fmt::print("Citus: {}\n", citus ? fmt::format("{} ({})", citus->default_version.text(),
                                                      citus->library_path)
                                        : "none for this PostgreSQL");
    }
    fmt::print(
        "libraries: CLI11 {}, fmt {}.{}.{}, nlohmann-json {}.{}.{}, {}; glibc built with {}.{}\n",
        CLI11_VERSION, FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100,
        NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH,
        CITUS_INIT_OTHER_LIBRARIES, __GLIBC__, __GLIBC_MINOR__);
    fmt::print("opened when needed: libpq {}, {}, {}\n", libpq_version(), crypto_version(),
               curl_version());
    return 0;
}

}  // namespace citus_init::cli
