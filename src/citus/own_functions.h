#pragma once

#include <vector>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Functions of ours on the coordinator, in the schema citus_init, which workers call there.
struct OwnFunctions {
    const char* installed_version;        // a query: the comment of the one that has it
    const char* current_version;          // what that comment is to be
    const char* comment;                  // COMMENT ON ... IS, without the literal
    std::vector<const char*> statements;  // what makes them, the schema aside
    const char* may_call;                 // a query: whether the role $1 may
    const char* let_call;                 // a format: grants it to the role {0}, in one statement
};

// Makes the schema citus_init where it is missing, then runs the statements, in one transaction and
// on this node only.
[[nodiscard]] SqlResult<void> make_in_own_schema(Session& session,
                                                 const std::vector<const char*>& statements);

// Makes the schema, on this node only. Error 42P06: it is there.
[[nodiscard]] SqlResult<void> make_own_schema(Session& session);

// Makes them where they are missing or of another version, in one transaction. True: it had to.
[[nodiscard]] SqlResult<bool> ensure_functions(Session& coordinator, const OwnFunctions& functions);

// Lets nodes that come as kNodeRole call them. The role has to be there.
[[nodiscard]] SqlResult<void> let_nodes_call(Session& coordinator, const OwnFunctions& functions);

}  // namespace citus_init::citus
