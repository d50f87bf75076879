#include "citus_init/base/file.h"
#include "citus_init/base/log.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/mesh.h"
#include "citus_init/node/node_name.h"
#include "citus_init/render/own_files.h"
#include "citus_init/security/certificate.h"

#include "cli/verbs/verb_end.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

Status make_of_the_cluster(const settings::Settings& settings) {
    const auto made = security::ensure_mesh_certificate(
        node::mesh_files(settings),
        node::mesh_request(settings.citus, node::certificate_names(settings)),
        security::now_in_seconds());
    if (!made) {
        return fail(made.error());
    }
    if (made->changed) {
        log::info("made the node's certificate, because {}", made->why);
    }
    return {};
}

Status make_of_backups(const settings::Settings& settings) {
    const auto made = node::ensure_backup_certificate(settings, node::BackupPeer::node, false);
    return made ? Status() : Status(fail(made.error()));
}

Status make(const std::string& node_name) {
    const auto loaded = node::load_inherited_settings();
    if (!loaded) {
        return fail(loaded.error());
    }
    const settings::Settings& settings = loaded->settings;
    log::configure(node::log_options(settings));
    const auto own = render::own_files(settings);
    CITUS_INIT_TRY(settings.patroni ? make_directories(own.secrets_directory, 0700)
                                    : make_private_directory(own.secrets_directory));
    if (settings.backup && settings.backup->has_host()) {
        CITUS_INIT_TRY(make_of_backups(settings));
    }
    if (settings.citus.has_mesh()) {
        return make_of_the_cluster(settings);
    }
    if (!settings.citus.enable) {
        return {};  // nothing else asked for one
    }
    const auto done =
        security::ensure_self_signed_certificate({own.certificate, own.private_key}, node_name);
    return done ? Status() : Status(fail(done.error()));
}

}  // namespace

int run_make_certificate(const std::vector<std::string>& arguments) {
    if (arguments.size() != 1) {
        return end_verb(Error{ExitCode::usage, "make-certificate takes the node's name"});
    }
    const Status made = make(arguments.front());
    return made ? 0 : end_verb(made.error());
}

}  // namespace citus_init::cli
