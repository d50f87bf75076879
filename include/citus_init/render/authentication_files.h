#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"
#include "citus_init/base/secret.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/settings.h"

namespace citus_init::render {

// The user's own pg_hba.conf: what `hba_file` names, else the one in the data directory.
std::string user_hba_path(const GucStack& stack);

// How other nodes of a cluster with certificates come.
struct Nodes {
    std::string role;                    // of those whose address is not known yet
    std::vector<std::string> addresses;  // a client at one of them needs a certificate, too
    std::string own_login_lines{};       // own_login_lines(), written before all others
};

// The role of citus-init's own sessions over the Unix socket, and the name of their user name map.
inline constexpr const char* kLoginRole = "citus_init";

// Whether a pg_hba.conf surely lets the operating system's user `os_user` in as `role` over the
// Unix socket, without a password and to every database. Pure.
bool lets_in_over_socket(std::string_view hba, const std::string& role, const std::string& os_user);

// Whether POSTGRES_USER, too, logs in by peer: only while kLoginRole does not exist yet, because
// the line decides about every other user of the socket as well.
enum class SuperuserLogin { as_configured, until_role_exists };

// The lines that let our own sessions in whatever the user's lines say; "" without Citus, with
// Patroni, where lets_in_over_socket(), and where the server's operating system user has no name,
// which peer needs. `user_hba`: the content of the user's file. Pure.
std::string own_login_lines(const settings::Settings& settings, const std::string& os_user,
                            SuperuserLogin superuser, std::string_view user_hba);

// The user's own pg_ident.conf: what `ident_file` names, else the one in the data directory.
std::string user_ident_path(const GucStack& stack);

// The content of OwnFiles::pg_ident_conf, for own_login_lines(): our map, then the user's. Pure.
std::string render_pg_ident(const std::string& superuser, const std::string& os_user,
                            const std::string& user_ident_path, std::string_view user_ident);

// The part of render_pg_hba() that is about certificates, with its comments: nodes, and on a worker
// nobody else unless CITUS_WORKER_CLIENTS says so. `nodes.role` stands as it is to be written.
std::string mesh_hba_lines(const settings::CitusSettings& citus, const Nodes& nodes);

// Whom the network lets in.
enum class Clients {
    as_configured,
    // As configured, and in a file of ours in any case, so that a reload can shut them out.
    may_be_shut_out,
    // Only the other nodes: by their certificates; without them whoever logs in as POSTGRES_USER,
    // as whom nodes come, by the lines that let that role in. Unix sockets stay as configured.
    shut_out,
};

// The content of OwnFiles::pg_hba_conf, or nothing when the user's own file serves as it is: our
// line for CITUS_INTERNODE_AUTH=trust, then CITUS_PG_HBA, then our lines for nodes with
// certificates, then `user_hba`, the content of the user's file. It stands in another directory
// than the user's, so relative @files and includes of the user's file are made absolute. Pure.
std::optional<std::string> render_pg_hba(const settings::Settings& settings, const Nodes& nodes,
                                         const std::string& user_hba_path,
                                         std::string_view user_hba,
                                         Clients clients = Clients::as_configured);

// The lines of a pg_hba.conf for the network cut down to one role: a line for all roles, or for a
// list that names the role, becomes a line for the role alone; every other line for the network
// goes, with includes. Lines for Unix sockets and comments stay. Never lets anybody in whom `text`
// does not. Pure.
std::string hba_for_one_role(std::string_view text, const std::string& role);

// The content of OwnFiles::pgpass, for the server's PGPASSFILE: how this node's superuser reaches
// every other node. Nothing with certificates or CITUS_INTERNODE_AUTH=trust, without Citus or
// without a password. To be written with mode 0600: libpq ignores the file otherwise.
std::optional<Secret> render_pgpass(const settings::Settings& settings);

}  // namespace citus_init::render
