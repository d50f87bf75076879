#include "citus_init/cluster_template/make_cluster.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/installation.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"
#include "citus_init/postgres/initdb.h"

#include "cluster_template/copy.h"
#include "cluster_template/identity.h"
#include "cluster_template/manifest.h"
#include "cluster_template/origin.h"
#include "cluster_template/store.h"

namespace citus_init::cluster_template {

namespace {

struct Request {
    settings::Settings settings;
    int major = 0;
    std::string bin_directory;
    std::string target;
    std::vector<std::string> initdb;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Ours is on LOG_FD from now on, initdb's on the returned descriptor.
Result<int> take_log_descriptor(const std::string& word) {
    constexpr int kLargest = 65535;
    const auto log = parse_integer(word, 3, kLargest);
    const int initdbs = log ? ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
    if (initdbs < 0 || ::dup2(static_cast<int>(*log), STDERR_FILENO) < 0) {
        return fail(ExitCode::usage, "this verb is started by citus-init itself, not by hand");
    }
    ::close(static_cast<int>(*log));
    return initdbs;
}

Result<Request> read_request(const std::vector<std::string>& arguments) {
    constexpr std::size_t kInitdb = 3;
    auto loaded = node::load_inherited_settings();
    if (!loaded) {
        return fail(loaded.error());
    }
    log::configure(node::log_options(loaded->settings));
    Request request{std::move(loaded->settings),
                    0,
                    "",
                    arguments[2],
                    {arguments.begin() + kInitdb, arguments.end()}};
    request.major = static_cast<int>(parse_integer(arguments[1], 1, 99).value_or(0));
    request.bin_directory = std::filesystem::path(request.initdb.front()).parent_path().string();
    return request;
}

struct FittingTemplate {
    Manifest manifest;
    Objects objects;
};

// Error `data_directory`: why it cannot be used, as part of a sentence.
Result<FittingTemplate> fitting_template(const Request& request, Variant variant) {
    const settings::Settings& settings = request.settings;
    if (!settings.postgres.initdb_waldir.empty()) {
        return fail(ExitCode::data_directory, "POSTGRES_INITDB_WALDIR is set");
    }
    if (!can_be_named(settings)) {
        return fail(ExitCode::data_directory, "a name holds a line break");
    }
    auto manifest = read_template(settings.supervisor.template_directory);
    if (!manifest) {
        return fail(manifest.error());
    }
    citus::CitusInstallation citus;
    if (settings.citus.enable) {
        auto found = citus::find_citus(RealFilesystem(), request.bin_directory, request.major);
        if (!found) {
            return fail(found.error());
        }
        citus = std::move(*found);
    }
    // Beside each other: each reads some 20 MB.
    auto origin_read = std::async(std::launch::async, [&] {
        return read_origin(request.bin_directory, citus, settings.postgres.initdb_args, variable);
    });
    auto objects = manifest->variants.contains(variant)
                       ? read_objects(settings.supervisor.template_directory, *manifest, variant)
                       : fail(ExitCode::data_directory, "the template was made without Citus");
    const auto origin = origin_read.get();
    if (!origin) {
        return fail(origin.error());
    }
    if (const auto why = difference(manifest->origin, *origin); !why.empty()) {
        return fail(ExitCode::data_directory, why);
    }
    if (!objects) {
        return fail(objects.error());
    }
    return FittingTemplate{std::move(*manifest), std::move(*objects)};
}

Status make_from_template(const Request& request, const FittingTemplate& made, Variant variant) {
    const auto identity = new_identity();
    if (!identity) {
        return fail(identity.error());
    }
    CITUS_INIT_TRY(copy_cluster(made.manifest, variant, made.objects, request.target));
    CITUS_INIT_TRY(set_identity(request.target, *identity));
    return replace_file(fmt::format("{}/{}", request.target, postgres::kCopyMarkName), "", 0600);
}

// Does not return where it succeeds.
Status become_initdb(const Request& request, int output) {
    ::unsetenv(node::kSettingsVariable);
    if (::dup2(output, STDERR_FILENO) < 0) {
        return fail(errno_error("cannot duplicate a descriptor", errno, ExitCode::os));
    }
    std::vector<char*> words;
    for (const auto& word : request.initdb) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    ::execv(words.front(), words.data());
    return fail(
        errno_error(fmt::format("cannot run \"{}\"", request.initdb.front()), errno, ExitCode::os));
}

std::string with_version(const Manifest& manifest) {
    return manifest.citus_version.empty()
               ? fmt::format("PostgreSQL {}", manifest.postgres_version)
               : fmt::format("PostgreSQL {}, Citus {}", manifest.postgres_version,
                             manifest.citus_version);
}

Status make_by_template_or_initdb(const Request& request, int output) {
    using settings::TemplateUse;
    const auto& supervisor = request.settings.supervisor;
    const bool is_required = supervisor.template_use == TemplateUse::require;
    if (!is_required && !has_template(supervisor.template_directory)) {
        log::debug("no template in \"{}\": initdb", supervisor.template_directory);
        return become_initdb(request, output);
    }
    const Variant variant = variant_for(request.settings);
    const auto fitting = fitting_template(request, variant);
    if (fitting) {
        CITUS_INIT_TRY(make_from_template(request, *fitting, variant));
        log::info("made the cluster from the template ({})", with_version(fitting->manifest));
        return {};
    }
    if (is_required) {
        return fail(ExitCode::config,
                    fmt::format("CITUS_TEMPLATE is \"require\", but the template in \"{}\" cannot "
                                "be used: {}. Run citus-init make-template in the image, or set "
                                "CITUS_TEMPLATE=auto",
                                supervisor.template_directory, fitting.error().message));
    }
    log::info("the template in \"{}\" is not used, initdb makes the cluster: {}",
              supervisor.template_directory, fitting.error().message);
    return become_initdb(request, output);
}

Status make_cluster(const std::vector<std::string>& arguments) {
    constexpr std::size_t kFewest = 4;
    if (arguments.size() < kFewest) {
        return fail(ExitCode::usage, "this verb is started by citus-init itself, not by hand");
    }
    const auto output = take_log_descriptor(arguments.front());
    if (!output) {
        return fail(output.error());
    }
    const auto request = read_request(arguments);
    return request ? make_by_template_or_initdb(*request, *output) : Status(fail(request.error()));
}

}  // namespace

int run_make_cluster(const std::vector<std::string>& arguments) {
    const Status made = make_cluster(arguments);
    if (made) {
        return 0;
    }
    log::error("{}", one_line(made.error().message));
    return static_cast<int>(made.error().code);
}

}  // namespace citus_init::cluster_template
