#include "supervisor/entrypoint/serve_member.h"

#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/node/problems.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/settings/load.h"
#include "citus_init/settings/without_patroni.h"

#include "supervisor/entrypoint/start_failure.h"
#include "supervisor/entrypoint/start_steps.h"
#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_creation.h"
#include "supervisor/patroni/member_supervisor.h"
#include "supervisor/patroni/start_member.h"
#include "supervisor/standalone/start_node.h"

namespace citus_init::supervisor {

namespace {

HostPort own_address(const Member& member) {
    return patroni::server_address(member.patroni(), member.host);
}

// The same node without Patroni. It takes the member's lock.
Result<node::Node> node_to_restore(Member& member, const HostPort& coordinator) {
    auto loaded = settings::load_settings(
        settings::without_patroni(member.node.environment, member.node.settings,
                                  own_address(member), coordinator),
        RealFilesystem());
    if (!loaded) {
        return fail(node::as_error(loaded.error()));
    }
    node::Node node;
    node.settings = std::move(loaded->settings);
    node.environment = std::move(loaded->resolved);
    node.data_directory = member.node.data_directory;
    node.node_name = own_address(member).host;
    node.program = member.node.program;
    node.log_token = member.node.log_token;
    node.out_of_memory_environment = member.node.out_of_memory_environment;
    node.lock = std::move(member.node.lock);
    node.hand_over = node::HandOver::when_restored;
    return node;
}

// The wait for the configuration store reads etcd again before it removes the record.
Status note_restored(const node::Node& node) {
    if (!postgres::was_cleanly_shut_down(RealFilesystem(), node.data_directory)) {
        return fail(ExitCode::not_done,
                    "the server that was restored did not shut down cleanly, so it is not handed "
                    "over to Patroni. Start again: the last step is repeated");
    }
    auto record = *node.restore;
    record.phase = postgres::RestorePhase::restored;
    return postgres::write_restore_record(node.data_directory, record);
}

// Nothing where etcd is asked next, else the exit status of PID 1.
std::optional<int> restore_group(Member& member, const HostPort& coordinator,
                                 const std::vector<std::string>& server_arguments) {
    auto read = node_to_restore(member, coordinator);
    auto node = read ? start_node(std::move(*read), server_arguments)
                     : Result<node::Node>(fail(read.error()));
    if (!node) {
        return end_with(node.error(), member.node.settings.supervisor);
    }
    if (!node->plan.restore && !node->restore) {
        return end_with({ExitCode::software,
                         fmt::format("etcd names this member as the one that restores its group, "
                                     "and nothing is to be restored in \"{}\"",
                                     member.node.data_directory)},
                        member.node.settings.supervisor);
    }
    if (const auto code = run_restore(*node)) {
        return code;
    }
    member.node.lock = std::move(node->lock);
    const Status ready =
        node->hand_over == node::HandOver::restored ? note_restored(*node) : Status();
    return ready ? std::nullopt
                 : std::optional(end_with(ready.error(), member.node.settings.supervisor));
}

}  // namespace

int serve_member(node::Node node, const std::vector<std::string>& server_arguments) {
    const auto settings = node.settings.supervisor;
    auto member = start_member(std::move(node), server_arguments);
    if (!member) {
        return end_with(member.error(), settings);
    }
    for (;;) {
        auto supervisor = MemberSupervisor::create(*member);
        if (!supervisor) {
            return end_with(supervisor.error(), settings);
        }
        const int code = (*supervisor)->run();
        end_idle_creation(*member);
        const auto coordinator = (*supervisor)->restores_with();
        if (code != 0 || (*supervisor)->stop_signal() != 0 || !coordinator) {
            return code;
        }
        supervisor->reset();
        if (const auto ended = restore_group(*member, *coordinator, server_arguments)) {
            return *ended;
        }
        if (Status checked = check_member_configuration(*member); !checked) {
            return end_with(checked.error(), settings);
        }
    }
}

}  // namespace citus_init::supervisor
