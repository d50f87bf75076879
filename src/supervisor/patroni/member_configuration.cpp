#include "supervisor/patroni/member_configuration.h"

#include <iterator>
#include <utility>

#include "citus_init/base/file.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/problems.h"
#include "citus_init/settings/settings.h"

#include "supervisor/reload.h"

namespace citus_init::supervisor {

namespace {

using Rendered = tl::expected<ha::ConfigurationFile, std::vector<settings::Problem>>;

Rendered render(const Member& member) {
    ha::Host host{
        member.host,    network::host_name(), network::own_addresses(), member.node.bin_directory,
        member.program, member.system_user};
    host.node_addresses.insert(host.node_addresses.end(), member.node.peer_addresses.begin(),
                               member.node.peer_addresses.end());
    return member.backend->render(member.node.settings, *member.node.stack, host);
}

}  // namespace

Status check_member_configuration(Member& member) {
    return node::check_configuration(member.node, [&member] {
        auto problems = member.backend->check(member.node.settings);
        auto rendered = member.node.stack ? render(member) : Rendered();
        if (!rendered) {
            std::move(rendered.error().begin(), rendered.error().end(),
                      std::back_inserter(problems));
        }
        return problems;
    });
}

Status write_member_configuration(Member& member) {
    constexpr mode_t kOwnerOnly = 0600;
    const auto rendered = render(member);
    if (!rendered) {
        return fail(node::as_error(rendered.error()));
    }
    CITUS_INIT_TRY(node::write_backup_configuration(member.node));
    // Not durable: it lies in memory, and is written anew at each start.
    return replace_file(rendered->path, rendered->content.reveal(), kOwnerOnly);
}

void reload_member(Member& member) {
    const auto apply = [&member]() -> Status {
        CITUS_INIT_TRY(check_member_configuration(member));
        return write_member_configuration(member);
    };
    if (!reload_settings(member.node, apply)) {
        // What was read of files may be what is wrong.
        static_cast<void>(node::check_configuration(member.node));
    }
}

}  // namespace citus_init::supervisor
