#include "supervisor/patroni/member_configuration.h"

#include <unistd.h>

#include <iterator>
#include <utility>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/server_arguments.h"
#include "citus_init/patroni/configuration.h"
#include "citus_init/patroni/yaml_text.h"
#include "citus_init/settings/load.h"

namespace citus_init::supervisor {

namespace {

tl::expected<settings::YamlValue, std::vector<settings::Problem>> render(const Member& member) {
    patroni::Member place{
        member.host,    network::host_name(), network::own_addresses(), member.node.bin_directory,
        member.program, member.version,       member.system_user};
    place.node_addresses.insert(place.node_addresses.end(), member.node.peer_addresses.begin(),
                                member.node.peer_addresses.end());
    return patroni::render_configuration(member.node.settings, *member.node.stack, place);
}

}  // namespace

Status check_member_configuration(Member& member) {
    auto problems = patroni::check_version(member.version, member.patroni());
    CITUS_INIT_TRY(node::check_configuration(member.node));
    if (auto rendered = render(member); !rendered) {
        std::move(rendered.error().begin(), rendered.error().end(), std::back_inserter(problems));
    }
    return problems.empty() ? Status() : Status(fail(node::as_error(problems)));
}

Status write_member_configuration(Member& member) {
    constexpr mode_t kOwnerOnly = 0600;
    const auto rendered = render(member);
    if (!rendered) {
        return fail(node::as_error(rendered.error()));
    }
    // Not durable: it lies in memory, and is written anew at each start.
    return replace_file(patroni::configuration_path(member.patroni()),
                        patroni::yaml_text(*rendered).reveal(), kOwnerOnly);
}

void reload_member(Member& member) {
    node::Node& node = member.node;
    auto loaded = settings::load_settings(
        node::with_data_directory(settings::environment_from(environ), node.arguments),
        RealFilesystem());
    if (!loaded) {
        log::error("{}\nThe settings stay as they were.", node::as_error(loaded.error()).message);
        return;
    }
    // Which member of what this is, and where, was chosen for life.
    const auto& was = node.settings;
    auto& is = loaded->settings;
    if (!is.patroni || is.patroni->scope != was.patroni->scope ||
        is.patroni->group != was.patroni->group ||
        is.patroni->directory != was.patroni->directory ||
        is.postgres.data_directory != was.postgres.data_directory) {
        log::error("a member cannot become another one: the settings stay as they were");
        return;
    }
    loaded->resolved["HOME"] = node.environment["HOME"];
    std::swap(node.settings, loaded->settings);
    std::swap(node.environment, loaded->resolved);
    Status done = check_member_configuration(member);
    if (done) {
        done = write_member_configuration(member);
    }
    if (!done) {
        std::swap(node.settings, loaded->settings);
        std::swap(node.environment, loaded->resolved);
        log::error("{}\nThe settings stay as they were.", done.error().message);
        // What was read of files may be what is wrong.
        static_cast<void>(node::check_configuration(node));
        return;
    }
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    log::configure(
        {node.settings.supervisor.log_level, node.settings.supervisor.log_format, node.node_name});
}

}  // namespace citus_init::supervisor
