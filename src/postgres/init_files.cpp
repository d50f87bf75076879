#include "citus_init/postgres/init_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "postgres/memory_file.h"

namespace citus_init::postgres {

namespace {

// Arguments: the library's descriptor, the completion's, the directory. The library comes by a
// descriptor so that it does not fill the listing of ps, and is closed before any file runs.
constexpr const char* kRunner =
    R"(source "/dev/fd/$1"; _library=$1; exec {_library}<&-; unset _library; _citus_init_run_files "$3" "$2")";

}  // namespace

Result<bool> has_init_files(const Filesystem& files, const std::string& directory) {
    const auto names = files.list(directory);
    if (names) {
        return std::any_of(names->begin(), names->end(),
                           [](const std::string& name) { return name.front() != '.'; });
    }
    // Only what is there but cannot be read is a failure.
    return files.exists(directory) ? Result<bool>(fail(names.error())) : Result<bool>(false);
}

Result<InitFilesLaunch> init_files_launch(const std::string& directory,
                                          std::vector<std::string> environment) {
    auto library = make_memory_file("entrypoint library", entrypoint_library());
    if (!library) {
        return fail(library.error());
    }
    auto completion = make_memory_file("init files completion", "");
    if (!completion) {
        return fail(completion.error());
    }
    InitFilesLaunch launch{{}, std::move(*library), std::move(*completion)};
    launch.command.arguments = {"bash",
                                "-c",
                                kRunner,
                                "/usr/local/bin/docker-entrypoint.sh",  // $0, in its messages
                                std::to_string(launch.library.get()),
                                std::to_string(launch.completion.get()),
                                directory};
    launch.command.environment = std::move(environment);
    launch.command.descriptors = {{launch.library.get(), launch.library.get()},
                                  {launch.completion.get(), launch.completion.get()}};
    return launch;
}

bool init_files_completed(const InitFilesLaunch& launch) {
    struct stat info {};
    return ::fstat(launch.completion.get(), &info) == 0 && info.st_size > 0;
}

}  // namespace citus_init::postgres
