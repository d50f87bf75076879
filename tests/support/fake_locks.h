#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus/statements.h"
#include "support/fake_cluster.h"
#include "support/fake_rows.h"

namespace citus_init::test {

using citus::Rows;
using Row = FakeRow;

// The statements of citus/node_lock.h, for one session on a node.
inline std::optional<SqlResult<Rows>> answer_lock(FakeNode& node, const void* session,
                                                  const std::string& sql,
                                                  const std::vector<std::string>& parameters) {
    namespace statement = citus::statement;
    if (sql == statement::kPrepareNodeLock || sql == statement::kNodeLockHolder) {
        return Rows{{Row{""}}};
    }
    if (sql == statement::kLockNode || sql == statement::kLockNodeShared) {
        const bool alone =
            node.sharers.empty() || (node.sharers.size() == 1 && node.sharers.contains(session));
        const bool exclusive = sql == statement::kLockNode;
        if ((node.locker != nullptr && node.locker != session) || (exclusive && !alone)) {
            return tl::unexpected(SqlError{"55P03", "lock timeout", "", ""});
        }
        if (exclusive) {
            node.locker = session;
        } else {
            node.sharers.insert(session);
        }
        return Rows{{Row{""}}};
    }
    if (sql == statement::kMarksConnections) {
        if (node.on_mark) {
            node.on_mark();
        }
        return Rows{{Row{"t"}}};
    }
    if (sql == statement::kConnectionMark) {
        return Rows{{Row{node.system_identifier}}};
    }
    if (sql == statement::kHasConnection) {
        return Rows{{Row{boolean(node.marks.contains(parameters.at(0)))}}};
    }
    return std::nullopt;
}

}  // namespace citus_init::test
