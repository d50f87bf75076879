#include "cli/verbs/shadow_directory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/captured_run.h"
#include "citus_init/node/question_environment.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/render/postgresql_conf.h"
#include "citus_init/render/validation.h"

namespace citus_init::cli {

namespace {

// A directory of our own (0700), removed with everything in it.
class TemporaryDirectory {
  public:
    explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
    TemporaryDirectory(TemporaryDirectory&& other) noexcept
        : path_(std::exchange(other.path_, std::string())) {}
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    ~TemporaryDirectory() {
        if (path_.empty()) {
            return;
        }
        const Status emptied = remove_directory_contents(path_);
        if (!emptied || ::rmdir(path_.c_str()) != 0) {
            log::debug("cannot remove \"{}\"", path_);
        }
    }

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// In memory where possible: nothing to be synced, and nothing left behind when a container is
// killed. With a read-only root file system only the last ones can be written to.
Result<TemporaryDirectory> make_temporary_directory(const settings::Settings& settings) {
    const char* temporary = std::getenv("TMPDIR");
    for (const std::string& parent :
         {std::string("/dev/shm"), std::string(temporary == nullptr ? "" : temporary),
          std::string("/tmp"), settings.supervisor.run_directory,
          settings.postgres.data_directory}) {
        std::string path = parent + "/citus_init.shadow-XXXXXX";
        if (!parent.empty() && ::mkdtemp(path.data()) != nullptr) {
            return TemporaryDirectory(path);
        }
    }
    return fail(ExitCode::cannot_create,
                "the server could not be asked about its settings: neither /dev/shm, TMPDIR, /tmp, "
                "the run directory nor PGDATA can be written to");
}

Status fill(const std::string& directory, const render::Validation& validation) {
    for (const std::string& name : validation.directories) {
        CITUS_INIT_TRY(make_directories(fmt::format("{}/{}", directory, name), 0700));
    }
    for (const auto& [name, content] : validation.files) {
        CITUS_INIT_TRY(write_file_atomically(fmt::format("{}/{}", directory, name), content, 0600));
    }
    return {};
}

// A session in single-user mode may write pg_control meanwhile, by one write(2) of a page or two.
render::Validation plan_with_whole_control_file(const Inspection& inspection,
                                                const render::RenderedConf& conf,
                                                const std::string& shadow) {
    constexpr int kAttempts = 10;
    for (int attempt = 1;; ++attempt) {
        auto validation = render::plan_validation(inspection.stack, conf, inspection.arguments,
                                                  shadow, RealFilesystem());
        const auto control =
            std::find_if(validation.files.begin(), validation.files.end(),
                         [](const auto& file) { return file.first == "global/pg_control"; });
        if (attempt == kAttempts || control == validation.files.end() ||
            postgres::parse_control_file(control->second)) {
            return validation;
        }
        std::this_thread::yield();
    }
}

}  // namespace

Result<ServerAnswer> ask_on_shadow_directory(const Inspection& inspection,
                                             std::chrono::milliseconds deadline) {
    const auto shadow = make_temporary_directory(inspection.settings);
    if (!shadow) {
        return fail(shadow.error());
    }
    const render::RenderedConf conf = render::render_postgresql_conf(inspection.stack);
    const auto validation = plan_with_whole_control_file(inspection, conf, shadow->path());
    CITUS_INIT_TRY(fill(shadow->path(), validation));
    process::Command command;
    command.arguments = validation.arguments;
    command.arguments.insert(command.arguments.begin(), inspection.bin_directory + "/postgres");
    command.environment = node::question_environment();
    const auto run = node::run_captured(std::move(command), deadline);
    if (!run) {
        return fail(run.error());
    }
    return ServerAnswer{render::read_validation(run->status.shell_code(), run->errors,
                                                inspection.stack, conf, shadow->path()),
                        validation.complete, validation.loads_libraries};
}

}  // namespace citus_init::cli
