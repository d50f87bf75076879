#include "citus_init/postgres/init_files.h"

#include <unistd.h>

#include <array>
#include <utility>

#include <fmt/core.h>

#include "citus_init/process/memory_file.h"

namespace citus_init::postgres {

namespace {

// Behind the library, in one script. Arguments: its descriptor, the progress', the directory, what
// is left out. By a descriptor, so that it does not fill the listing of ps, which is closed before
// any file runs; a script and not `bash -c`, in which a file that fails makes bash report errors of
// its own (pop_var_context).
constexpr std::string_view kRunner = R"(
BASH_ARGV0=/usr/local/bin/docker-entrypoint.sh
_citus_init_library=$1; exec {_citus_init_library}<&-; unset _citus_init_library
set -- "$3" "$2" "${@:4}"
_citus_init_run_files "$@"
exit
)";

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
    auto library = process::make_memory_file("entrypoint library",
                                             std::string(entrypoint_library()).append(kRunner));
    if (!library) {
        return fail(library.error());
    }
    auto progress = process::make_memory_file("init files progress", "");
    if (!progress) {
        return fail(progress.error());
    }
    InitFilesLaunch launch{{}, std::move(*library), std::move(*progress)};
    launch.command.arguments = {"bash", "/dev/fd/" + std::to_string(launch.library.get()),
                                std::to_string(launch.library.get()),
                                std::to_string(launch.progress.get()), directory};
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
        if (const auto entry = rest.substr(0, end); entry == "/") {  // which no name is
            progress.completed = true;
        } else {
            progress.begun.emplace_back(entry);
        }
        rest.remove_prefix(end + 1);
    }
    return progress;
}

std::string where_init_files_failed(const Filesystem& files, const std::string& directory,
                                    const InitFilesProgress& progress) {
    if (progress.begun.empty()) {
        return "";
    }
    const std::string path = directory + "/" + progress.begun.back();
    std::string text = fmt::format(", in \"{}\"", path);
    if (!path.ends_with(".sh")) {
        return text;
    }
    const auto content = files.read(path);
    if (content && content->find("\r\n") != std::string::npos) {
        text +=
            ", which has Windows line ends (a carriage return before each newline): convert it, "
            "for instance with dos2unix, and set \"*.sh text eol=lf\" in .gitattributes";
    } else if (content && content->starts_with("\xEF\xBB\xBF")) {
        text += ", which begins with a byte order mark: save it as UTF-8 without one";
    }
    return text;
}

bool init_files_completed(const InitFilesLaunch& launch) {
    return init_files_progress(launch).completed;
}

}  // namespace citus_init::postgres
