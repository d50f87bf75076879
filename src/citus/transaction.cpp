#include "citus/transaction.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<void> in_transaction(Session& session, const std::function<SqlResult<void>()>& work) {
    if (auto begun = without_rows(session.query(statement::kBegin)); !begun) {
        return begun;
    }
    auto done = work();
    if (done) {
        done = without_rows(session.query(statement::kCommit));
    }
    if (!done) {
        // A session that is lost has rolled back already.
        static_cast<void>(session.query(statement::kRollback));
    }
    return done;
}

}  // namespace citus_init::citus
