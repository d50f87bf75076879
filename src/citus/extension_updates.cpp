#include "citus_init/citus/extension_updates.h"

#include <algorithm>
#include <memory>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"

#include "citus/extension_steps.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

struct Database {
    Connector& connector;
    ConnectionTarget target;
    const ExtensionUpdateRequest& request;
    ExtensionUpdates& updates;

    void warn(const std::string& text) {
        updates.warnings.push_back(fmt::format("database \"{}\": {}", target.database, text));
    }
    void update_citus(std::unique_ptr<Session>& session);
    void update_others(Session& session);
    void update_one(Session& session, const std::string& name, const std::string& from,
                    const std::string& to);
};

// The agent brings that of its own database up to date before.
void Database::update_citus(std::unique_ptr<Session>& session) {
    const auto facts = read_server_facts(*session);
    if (target.database == request.citus_database || !facts || !facts->extension) {
        return;
    }
    Preparation result;
    result.server = *facts;
    const Status done =
        bring_extension_up_to_date(connector, target, request.policy, session, result);
    for (const auto& change : result.changes) {
        updates.changes.push_back(fmt::format("database \"{}\": {}", target.database, change));
    }
    if (!done) {
        warn(done.error().message);
    } else if (!result.waiting_for.empty()) {
        warn(result.waiting_for);
    }
}

void Database::update_one(Session& session, const std::string& name, const std::string& from,
                          const std::string& to) {
    const auto& names = request.names;
    if (!request.all && std::find(names.begin(), names.end(), name) == names.end()) {
        return warn(
            fmt::format("the extension {0} is at {1}, and this image has {2}: ALTER "
                        "EXTENSION {0} UPDATE, or CITUS_UPDATE_EXTENSIONS={0}",
                        name, from, to));
    }
    const auto updated =
        session.query(fmt::format(statement::kUpdateExtension, quote_identifier(name)));
    if (updated) {
        updates.changes.push_back(
            fmt::format("database \"{}\": updated the extension {} from {} to {}", target.database,
                        name, from, to));
    } else {
        warn(fmt::format("the extension {} stays at {}: {}", name, from, updated.error().text()));
    }
}

void Database::update_others(Session& session) {
    const auto outdated = session.query(statement::kOutdatedExtensions);
    if (!outdated) {
        return warn(outdated.error().text());
    }
    if (outdated->empty()) {
        return;
    }
    // Where there is no Citus it is a placeholder, and harmless.
    static_cast<void>(session.query(statement::kKeepSessionsDdlHere));
    for (std::size_t row = 0; row < outdated->values.size(); ++row) {
        update_one(session, outdated->at(row, 0), outdated->at(row, 1), outdated->at(row, 2));
    }
}

}  // namespace

Result<ExtensionUpdates> update_extensions(Connector& connector, const ConnectionTarget& server,
                                           const ExtensionUpdateRequest& request) {
    const auto listing = connector.connect(server);
    const auto names = listing ? (*listing)->query(statement::kConnectableDatabases)
                               : SqlResult<Rows>(tl::unexpected(listing.error()));
    if (!names) {
        return fail(ExitCode::unavailable,
                    sql_failure("cannot read pg_database", names.error()).message);
    }
    ExtensionUpdates updates;
    for (std::size_t row = 0; row < names->values.size(); ++row) {
        Database database{connector, server, request, updates};
        database.target.database = names->at(row, 0);
        auto session = connector.connect(database.target);
        if (!session) {
            database.warn(session.error().text());
            continue;
        }
        database.update_citus(*session);
        if (*session) {
            database.update_others(**session);
        }
    }
    return updates;
}

}  // namespace citus_init::citus
