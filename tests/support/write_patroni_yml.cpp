// write_patroni_yml HOST ADDRESS VERSION BINDIR: what a start with this environment leaves for
// Patroni: patroni.yml in CITUS_PATRONI_DIR and the node's certificate.

#include <cstdio>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/ha/patroni/yaml_text.h"
#include "citus_init/render/own_files.h"
#include "citus_init/security/certificate.h"
#include "citus_init/security/mesh_certificate.h"
#include "citus_init/settings/load.h"

extern char** environ;

namespace citus_init {
namespace {

int fail_with(const std::string& text) {
    fmt::print(stderr, "{}\n", text);
    return 1;
}

int fail_with(const std::vector<settings::Problem>& problems) {
    for (const auto& problem : problems) {
        fmt::print(stderr, "{}\n", problem.text());
    }
    return 1;
}

Status make_certificate(const settings::Settings& settings, std::vector<std::string> names) {
    const auto own = render::own_files(settings);
    if (!settings.citus.has_mesh()) {
        const auto made = security::ensure_self_signed_certificate(
            {own.certificate, own.private_key}, names.front());
        return made ? Status() : Status(fail(made.error()));
    }
    security::MeshRequest request;
    request.authority.secret = settings.citus.cluster_secret;
    request.names = std::move(names);
    request.lifetime = settings.citus.certificate_lifetime;
    const auto made = security::ensure_mesh_certificate(
        {own.authority, own.certificate, own.private_key}, request, security::now_in_seconds());
    return made ? Status() : Status(fail(made.error()));
}

int write_file(const std::string& host, const std::string& address, const std::string& version,
               const std::string& bin_directory) {
    const RealFilesystem files;
    const auto environment = settings::environment_from(environ);
    const auto loaded = settings::load_settings(environment, files);
    if (!loaded) {
        return fail_with(loaded.error().problems);
    }
    const auto& settings = loaded->settings;
    const auto arguments = render::parse_server_arguments({}, "/");
    const auto stack = render::build_guc_stack(
        {settings, environment, arguments.value(), files, render::read_machine(files, settings)});
    if (!stack) {
        return fail_with(stack.error());
    }
    const auto configuration = patroni::render_configuration(
        settings, *stack, {host, host, {address}, bin_directory, "/bin/true", "postgres"},
        patroni::parse_version(version).value_or(patroni::Version{}));
    if (!configuration) {
        return fail_with(configuration.error());
    }
    if (const auto made = make_certificate(settings, {host, "localhost", address}); !made) {
        return fail_with(made.error().message);
    }
    const auto written = write_file_atomically(patroni::configuration_path(*settings.patroni),
                                               patroni::yaml_text(*configuration).reveal(), 0600);
    return written ? 0 : fail_with(written.error().message);
}

}  // namespace

int run(int count, char** arguments) {
    return count == 5 ? write_file(arguments[1], arguments[2], arguments[3], arguments[4])
                      : fail_with("usage: write_patroni_yml HOST ADDRESS VERSION BINDIR");
}

}  // namespace citus_init

int main(int count, char** arguments) {
    return citus_init::run(count, arguments);
}
