#include "citus_init/citus/init_file_record.h"

#include "citus/init_file_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<bool> InitFileRecord::try_lock() {
    return ask(session_, statement::kTryInitFileLock);
}

SqlResult<bool> InitFileRecord::exists() {
    return ask(session_, statement::kHasInitFiles);
}

SqlResult<void> InitFileRecord::make() {
    return run(statement::kMakeInitFiles);
}

SqlResult<std::vector<InitFileRow>> InitFileRecord::rows() {
    const auto found = session_.query(statement::kInitFiles);
    if (!found) {
        return tl::unexpected(found.error());
    }
    std::vector<InitFileRow> rows;
    for (std::size_t row = 0; row < found->values.size(); ++row) {
        rows.push_back(
            {found->at(row, 0), found->at(row, 1), found->is_true(row, 2), found->at(row, 3)});
    }
    return rows;
}

SqlResult<void> InitFileRecord::plan(const std::map<std::string, std::string>& files) {
    auto planned = run(statement::kBegin);
    for (auto file = files.begin(); planned && file != files.end(); ++file) {
        planned = run(statement::kPlanInitFile, {file->first, file->second});
    }
    return end(planned);
}

SqlResult<void> InitFileRecord::begun(const std::string& name) {
    return run(statement::kInitFileBegun, {name});
}

SqlResult<void> InitFileRecord::finished(const std::string& name) {
    return run(statement::kInitFileFinished, {name});
}

SqlResult<void> InitFileRecord::failed(const std::string& name, const std::string& why) {
    return run(statement::kInitFileFailed, {name, why});
}

SqlResult<void> InitFileRecord::done(const std::string& name) {
    auto done = run(statement::kBegin);
    done = done ? make() : done;
    done = done ? run(statement::kInitFilesDone, {name}) : done;
    return end(done);
}

SqlResult<void> InitFileRecord::end(SqlResult<void> transaction) {
    if (transaction) {
        transaction = run(statement::kCommit);
    }
    if (!transaction) {
        static_cast<void>(run("ROLLBACK"));
    }
    return transaction;
}

SqlResult<void> InitFileRecord::run(const std::string& sql,
                                    const std::vector<std::string>& parameters) {
    const auto done = session_.query(sql, parameters);
    if (!done) {
        return tl::unexpected(done.error());
    }
    return {};
}

SqlResult<bool> has_user_objects(Connector& connector, const ConnectionTarget& server) {
    const auto session = connector.connect(server);
    const auto names = session ? (*session)->query(statement::kConnectableDatabases)
                               : SqlResult<Rows>(tl::unexpected(session.error()));
    if (!names) {
        return tl::unexpected(names.error());
    }
    for (std::size_t row = 0; row < names->values.size(); ++row) {
        ConnectionTarget target = server;
        target.database = names->at(row, 0);
        const auto opened = connector.connect(target);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        auto found = ask(**opened, statement::kHasUserObjects);
        if (!found || *found) {
            return found;
        }
    }
    return false;
}

}  // namespace citus_init::citus
