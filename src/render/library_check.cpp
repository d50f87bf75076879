#include "citus_init/render/library_check.h"

#include <filesystem>
#include <optional>

#include <fmt/core.h>

#include "citus_init/render/preload_libraries.h"

#include "problem_at.h"

namespace citus_init::render {

namespace {

// $libdir of the layouts that there are: every one has PL/pgSQL's library.
std::optional<std::string> library_directory(const std::string& bin_directory,
                                             const Filesystem& files) {
    for (const char* relative : {"/../lib", "/../lib/postgresql"}) {
        std::string path =
            std::filesystem::path(bin_directory + relative).lexically_normal().string();
        if (files.exists(path + "/plpgsql.so")) {
            return path;
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<settings::Problem> missing_libraries(const GucStack& stack,
                                                 const std::string& bin_directory,
                                                 const Filesystem& files) {
    const auto directory = library_directory(bin_directory, files);
    if (!directory || stack.given("dynamic_library_path")) {
        return {};
    }
    std::vector<settings::Problem> problems;
    for (const std::string& name : split_libraries(stack.effective("shared_preload_libraries"))) {
        constexpr std::string_view kLibdir = "$libdir/";
        const std::string path = name.starts_with('/') ? name
                                 : name.starts_with(kLibdir)
                                     ? *directory + name.substr(kLibdir.size() - 1)
                                     : *directory + "/" + name;
        const auto value = value_with_library(stack, name);
        if (value && !files.exists(path) && !files.exists(path + ".so")) {
            problems.push_back(problem_at(
                value->origin, value->value,
                fmt::format("names the library \"{}\", which is not there: {}.so", name, path),
                "Install its package, or remove it from shared_preload_libraries"));
        }
    }
    return problems;
}

}  // namespace citus_init::render
