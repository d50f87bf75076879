#include "citus_init/cluster_template/make_template.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/core.h>

#include "citus_init/base/durability.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/read_file.h"
#include "citus_init/base/text.h"
#include "citus_init/node/preparation.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/server_version.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/shell_words.h"
#include "citus_init/process/exit_status.h"
#include "citus_init/process/identity.h"
#include "citus_init/settings/load.h"

#include "cluster_template/building.h"
#include "cluster_template/store.h"

namespace citus_init::cluster_template {

namespace {

constexpr mode_t kEverybodyReads = 0755;

// A directory of its own, gone with this object.
class Scratch {
  public:
    Scratch() {
        std::string pattern = "/tmp/citus-init-template-XXXXXX";
        path_ = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        if (!path_.empty()) {
            static_cast<void>(postgres::remove_tree(path_));
        }
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

Result<Programs> find_programs(const settings::Settings& settings) {
    const char* path = std::getenv("PATH");
    auto bin =
        node::server_bin_directory(settings.postgres.bin_directory, path == nullptr ? "" : path);
    if (!bin) {
        return fail(bin.error());
    }
    const auto major = node::server_major_version(*bin, settings.postgres.major_version);
    if (!major) {
        return fail(major.error());
    }
    Programs programs{std::move(*bin), *major, {}};
    if (auto citus = citus::find_citus(RealFilesystem(), programs.bin_directory, *major)) {
        programs.citus = std::move(*citus);
    }
    return programs;
}

bool is_right(const std::string& directory, const Origin& origin) {
    if (!has_template(directory)) {
        return false;
    }
    const auto manifest = read_template(directory);
    if (!manifest || manifest->origin != origin) {
        return false;
    }
    return std::all_of(manifest->variants.begin(), manifest->variants.end(), [&](const auto& made) {
        return read_objects(directory, *manifest, made.first).has_value();
    });
}

Status check_arguments(const std::string& text) {
    const auto arguments = postgres::split_shell_words(text);
    if (!arguments) {
        return fail(ExitCode::config,
                    fmt::format("POSTGRES_INITDB_ARGS: {}", arguments.error().message));
    }
    for (const auto& argument : *arguments) {
        if (argument.starts_with("-X") || argument.starts_with("--waldir")) {
            return fail(ExitCode::config,
                        fmt::format("POSTGRES_INITDB_ARGS: a template has its WAL inside, so it "
                                    "cannot be made with {}. Remove it",
                                    argument));
        }
    }
    return {};
}

// As the server's user where we are root: in a child, since there is no way back.
Status build_as_server_user(const settings::Settings& settings, const Programs& programs,
                            const Origin& origin, const std::string& scratch) {
    if (::geteuid() != 0) {
        return build_template(settings, programs, origin, scratch);
    }
    const auto user = node::server_user();
    if (!user) {
        return fail(user.error());
    }
    if (::chown(scratch.c_str(), user->uid, user->gid) != 0) {
        return fail(errno_error(fmt::format("cannot chown \"{}\"", scratch), errno));
    }
    const pid_t child = ::fork();
    if (child < 0) {
        return fail(errno_error("cannot fork", errno, ExitCode::os));
    }
    if (child == 0) {
        Status built = process::step_down(*user);
        if (built) {
            built = build_template(settings, programs, origin, scratch);
        }
        if (!built) {
            log::error("{}", built.error().message);
        }
        ::_exit(built ? 0 : static_cast<int>(built.error().code));
    }
    const auto end = process::wait_for_end(child);
    return end.success()
               ? Status()
               : Status(fail(static_cast<ExitCode>(end.shell_code()), "the template was not made"));
}

Status install_file(const std::string& made, const std::string& directory,
                    const std::string& name) {
    constexpr mode_t kReadable = 0644;
    const auto content = read_regular_file(fmt::format("{}/{}", made, name), read_limit::kProgram);
    return content ? replace_file(fmt::format("{}/{}", directory, name), *content, kReadable)
                   : Status(fail(content.error()));
}

Status clear(const std::string& directory) {
    CITUS_INIT_TRY(make_directories(directory, kEverybodyReads));
    CITUS_INIT_TRY(remove_file(directory + "/digest"));
    return remove_directory_contents(directory);
}

// The digest is removed first and written last: a template that is being replaced is not used.
Status install(const std::string& made, const std::string& directory) {
    CITUS_INIT_TRY(clear(directory));
    CITUS_INIT_TRY(install_file(made, directory, "objects"));
    CITUS_INIT_TRY(install_file(made, directory, "manifest.json"));
    CITUS_INIT_TRY(sync_file_system(directory));
    CITUS_INIT_TRY(install_file(made, directory, "digest"));
    return sync_file_system(directory);
}

Status make_template(const settings::Settings& settings, const settings::Environment& environment,
                     const std::string& directory) {
    CITUS_INIT_TRY(check_arguments(settings.postgres.initdb_args));
    const auto programs = find_programs(settings);
    if (!programs) {
        return fail(programs.error());
    }
    const auto origin =
        read_origin(programs->bin_directory, programs->citus, settings.postgres.initdb_args,
                    [&](const char* name) {
                        const auto found = environment.find(name);
                        return found == environment.end() ? std::string() : found->second;
                    });
    if (!origin) {
        return fail(origin.error());
    }
    if (is_right(directory, *origin)) {
        log::info("the template in \"{}\" is up to date", directory);
        return {};
    }
    const Scratch scratch;
    if (scratch.path().empty()) {
        return fail(errno_error("cannot make a directory in /tmp", errno, ExitCode::cannot_create));
    }
    CITUS_INIT_TRY(build_as_server_user(settings, *programs, *origin, scratch.path()));
    CITUS_INIT_TRY(install(scratch.path() + "/template", directory));
    log::info("made the template in \"{}\"{}", directory,
              programs->citus.library_path.empty() ? ", without Citus" : "");
    return {};
}

int ended(const Error& error) {
    log::error("{}", error.message);
    return static_cast<int>(error.code);
}

}  // namespace

int run_make_template(const settings::Environment& environment, const std::string& directory) {
    auto variables = environment;
    variables.emplace("PGDATA", "/var/lib/postgresql/data");  // which no build has to name
    const auto loaded = settings::load_settings(variables, RealFilesystem());
    if (!loaded) {
        return ended(node::as_error(loaded.error()));
    }
    const auto& settings = loaded->settings;
    const Status made =
        make_template(settings, environment,
                      directory.empty() ? settings.supervisor.template_directory : directory);
    return made ? 0 : ended(made.error());
}

}  // namespace citus_init::cluster_template
