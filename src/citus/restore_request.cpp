#include "citus_init/citus/restore_request.h"

#include "citus/own_functions.h"
#include "citus/restore_request_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<void> make_restore_requests(Session& session) {
    const auto made = make_in_own_schema(
        session, {statement::kCreateRestoreRequest, statement::kRevokeRestoreRequest});
    return made ? without_rows(session.query(statement::kForgetRestoreRequests)) : made;
}

SqlResult<std::optional<RestoreRequest>> read_restore_request(Session& session) {
    const auto rows = session.query(statement::kReadRestoreRequest);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return std::optional<RestoreRequest>();
    }
    return std::optional(RestoreRequest{rows->at(0, 0), integer_at(*rows, 0, 1), rows->at(0, 2)});
}

SqlResult<void> request_restore(Session& session, const RestoreRequest& request) {
    if (auto begun = without_rows(session.query(statement::kBegin)); !begun) {
        return begun;
    }
    return without_rows(
        session.query(statement::kRequestRestore,
                      {request.point, std::to_string(request.group), request.requested_by}));
}

SqlResult<void> commit_restore_request(Session& session) {
    return without_rows(session.query(statement::kCommit));
}

void take_back_restore_request(Session& session) {
    static_cast<void>(session.query(statement::kRollback));
}

}  // namespace citus_init::citus
