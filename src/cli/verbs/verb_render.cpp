#include <cstdio>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/mesh.h"
#include "citus_init/node/place.h"
#include "citus_init/render/authentication_files.h"
#include "citus_init/render/hide_passwords.h"
#include "citus_init/render/own_files.h"
#include "citus_init/render/postgresql_conf.h"

#include "cli/verbs/backend_inspection.h"
#include "cli/verbs/inspection.h"
#include "cli/verbs/verb_end.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

void print_file(const std::string& path, const std::string& content) {
    fmt::print("==> {} <==\n{}\n", path, render::hide_passwords(content));
}

// A word as a shell would take it.
std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
        return word;
    }
    std::string quoted = "'";
    for (const char c : word) {
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return quoted + "'";
}

void print_certificate(render::NodeCertificate certificate, const render::OwnFiles& own) {
    switch (certificate) {
        case render::NodeCertificate::none:
            return;
        case render::NodeCertificate::self_signed:
            print_file(own.certificate, "# self-signed, made at the first start\n");
            break;
        case render::NodeCertificate::of_the_cluster:
            print_file(own.authority, "# the cluster's authority\n");
            print_file(own.certificate, "# signed by it, renewed in time\n");
            break;
    }
    print_file(own.private_key, "# not shown\n");
}

void print_backup(const Inspection& inspection) {
    if (const auto backup = node::shown_pgbackrest_configuration(
            inspection.settings, inspection.stack, inspection.archive_group)) {
        print_file(render::own_files(inspection.settings).pgbackrest_conf, *backup);
    }
}

int render_backend(Inspection& inspection) {
    const auto configuration = inspect_backend(inspection);
    if (!configuration) {
        return end_verb({configuration.error(), inspection.warnings});
    }
    print_warnings(inspection.warnings);
    fmt::print("==> {} <==\n{}\n", configuration->path, configuration->shown);
    print_certificate(inspection.stack.certificate, render::own_files(inspection.settings));
    print_backup(inspection);
    return 0;
}

}  // namespace

int run_render(const settings::Environment& environment,
               const std::vector<std::string>& server_arguments) {
    auto inspection = inspect_configuration(environment, server_arguments);
    if (!inspection) {
        return end_verb(inspection.error());
    }
    if (inspection->settings.patroni) {
        return render_backend(*inspection);
    }
    const auto& settings = inspection->settings;
    const auto& stack = inspection->stack;
    const auto own = render::own_files(settings);
    const std::string user_hba = render::user_hba_path(stack);
    // As it is once the node's place in the cluster is confirmed.
    node::Node node;
    node.settings = settings;
    const auto hba =
        render::render_pg_hba(settings, {citus::kNodeRole, network::own_addresses()}, user_hba,
                              RealFilesystem().read(user_hba).value_or(""), node::clients_of(node));
    print_warnings(inspection->warnings);
    print_file(own.postgresql_conf, render::render_postgresql_conf(stack).text);
    if (hba) {
        print_file(own.pg_hba_conf, *hba);
    }
    if (render::render_pgpass(settings)) {
        print_file(own.pgpass, fmt::format("*:*:*:{}:***\n", settings.postgres.user));
    }
    print_certificate(stack.certificate, own);
    print_backup(*inspection);
    std::string command =
        (inspection->bin_directory.empty() ? "" : inspection->bin_directory + "/") +
        std::string("postgres");
    for (const std::string& word :
         render::server_command_arguments(stack, inspection->arguments, hba.has_value())) {
        command += " " + shell_word(render::hide_passwords(word));
    }
    fmt::print("==> the server <==\n{}\n", command);
    return 0;
}

}  // namespace citus_init::cli
