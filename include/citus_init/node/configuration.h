#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/settings/problem.h"

namespace citus_init::node {

// The node's PostgreSQL configuration: what is wrong with it, and our files of it.

// All that can be checked without the server: names and values against the table, syntax of the
// user's own files; and what the caller finds, who is asked last: the stack is in the node then,
// unless it is what is wrong. All problems in one Error (78), with the doubts; without a problem
// the doubts are logged. Touches nothing; leaves the stack in the node.
using FindMore = std::function<std::vector<settings::Problem>()>;
[[nodiscard]] Status check_configuration(Node& node, const FindMore& find_more = {});

// Adds to the plan what the configuration needs: a certificate, a validation by the server itself
// unless the very same inputs have been validated before (the marker's fingerprint). After
// check_configuration().
[[nodiscard]] Status plan_configuration(Node& node);

// Writes our files anew, for the server that is about to start or to reload: what the user, a
// script or ALTER SYSTEM changed meanwhile is taken into account.
[[nodiscard]] Status write_configuration(Node& node);

// Of it pgbackrest.conf alone, for a node whose other files its manager writes; removes it without
// CITUS_BACKUP. The stack has been read.
[[nodiscard]] Status write_backup_configuration(const Node& node);

// Takes the addresses that the nodes connect from. Whether they are others than before; then our
// files are to be written anew.
[[nodiscard]] bool take_peer_addresses(Node& node, const std::vector<std::string>& addresses);

// The same of the cluster's workers, which the pools follow with CITUS_TUNE=auto.
[[nodiscard]] bool take_workers(Node& node, const render::KnownWorkers& workers);

enum class ServerKind {
    bootstrap,  // listens on its Unix socket only
    final,
};

// "BIN/postgres -D ...", for the configuration that was written last.
std::vector<std::string> server_command_line(const Node& node, ServerKind kind);

// What a setting will be, all layers considered as they are now; "" for an unknown one.
[[nodiscard]] Result<std::string> effective_setting(Node& node, std::string_view name);

}  // namespace citus_init::node
