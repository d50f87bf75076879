#include "citus_init/postgres/init_files.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "postgres/memory_file.h"

namespace citus_init::postgres {

namespace {

// Arguments: the library's descriptor, the progress', the directory, what is left out. The library
// comes by a descriptor so that it does not fill the listing of ps, and is closed before any file
// runs.
constexpr const char* kRunner =
    R"(source "/dev/fd/$1"; _library=$1; exec {_library}<&-; unset _library; set -- "$3" "$2" "${@:4}"; _citus_init_run_files "$@")";

}  // namespace

Result<bool> has_init_files(const Filesystem& files, const std::string& directory) {
    const auto names = init_file_names(files, directory);
    return names ? Result<bool>(!names->empty()) : fail(names.error());
}

Result<std::vector<std::string>> init_file_names(const Filesystem& files,
                                                 const std::string& directory) {
    auto names = files.list(directory);
    if (names) {
        std::erase_if(*names, [](const std::string& name) { return name.front() == '.'; });
        return names;
    }
    // Only what is there but cannot be read is a failure.
    return files.exists(directory) ? names : Result<std::vector<std::string>>();
}

Result<InitFilesLaunch> init_files_launch(const std::string& directory,
                                          std::vector<std::string> environment,
                                          const std::vector<std::string>& left_out) {
    auto library = make_memory_file("entrypoint library", entrypoint_library());
    if (!library) {
        return fail(library.error());
    }
    auto progress = make_memory_file("init files progress", "");
    if (!progress) {
        return fail(progress.error());
    }
    InitFilesLaunch launch{{}, std::move(*library), std::move(*progress)};
    launch.command.arguments = {"bash",
                                "-c",
                                kRunner,
                                "/usr/local/bin/docker-entrypoint.sh",  // $0, in its messages
                                std::to_string(launch.library.get()),
                                std::to_string(launch.progress.get()),
                                directory};
    launch.command.arguments.insert(launch.command.arguments.end(), left_out.begin(),
                                    left_out.end());
    launch.command.environment = std::move(environment);
    launch.command.descriptors = {{launch.library.get(), launch.library.get()},
                                  {launch.progress.get(), launch.progress.get()}};
    return launch;
}

InitFilesProgress init_files_progress(const InitFilesLaunch& launch) {
    std::string written;
    std::array<char, 4096> buffer{};
    // The shell writes at the offset that both share.
    for (ssize_t count = 0; (count = ::pread(launch.progress.get(), buffer.data(), buffer.size(),
                                             static_cast<off_t>(written.size()))) > 0;) {
        written.append(buffer.data(), static_cast<std::size_t>(count));
    }
    InitFilesProgress progress;
    std::string_view rest = written;
    for (auto end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
        progress.begun.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    progress.completed = rest == "/";  // which no name is
    return progress;
}

bool init_files_completed(const InitFilesLaunch& launch) {
    return init_files_progress(launch).completed;
}

}  // namespace citus_init::postgres
