#include "citus/extension_steps.h"

#include <string>

#include <fmt/core.h>

#include "citus_init/citus/extension_statements.h"
#include "citus_init/citus/sql_failure.h"

#include "citus/statements.h"

namespace citus_init::citus {

namespace {

Status run(Session& session, const std::string& sql, const std::string& what) {
    if (const auto done = session.query(sql); !done) {
        return fail(sql_failure(what, done.error()));
    }
    return {};
}

Status reconnect(Connector& connector, const ConnectionTarget& target,
                 std::unique_ptr<Session>& session) {
    session.reset();
    auto fresh = connector.connect(target);
    if (!fresh) {
        return fail(sql_failure(
            fmt::format("cannot connect to the database \"{}\"", target.database), fresh.error()));
    }
    session = std::move(*fresh);
    return {};
}

// Up to Citus 13.1 CREATE EXTENSION citus makes citus_columnar along; since 13.2 it does not. Both
// in one transaction, so that a database either has never had Citus or has all of it: a
// citus_columnar that the user dropped stays dropped.
Status create(Session& session, Preparation& result) {
    const bool with_columnar = result.server.columnar_available.has_value();
    CITUS_INIT_TRY(run(session, statement::kBegin, "cannot begin a transaction"));
    CITUS_INIT_TRY(run(session, statement::kCreateCitus, "cannot create the extension citus"));
    if (with_columnar) {
        CITUS_INIT_TRY(
            run(session, statement::kCreateColumnar, "cannot create the extension citus_columnar"));
    }
    CITUS_INIT_TRY(run(session, statement::kCommit, "cannot create the extension citus"));
    result.changes.push_back(created_extension_text(with_columnar));
    return {};
}

Status update(Session& session, const ExtensionVersion& from, Preparation& result) {
    CITUS_INIT_TRY(run(session, statement::kUpdateCitus, "cannot update the extension citus"));
    result.changes.push_back(fmt::format("updated the extension citus from {} to {}", from.text(),
                                         result.server.available->text()));
    return {};
}

Status update_columnar(Session& session, Preparation& result) {
    const auto& installed = result.server.columnar_extension;
    const auto& available = result.server.columnar_available;
    if (!installed || !available) {
        return {};
    }
    const auto from = parse_extension_version(*installed);
    const auto to = parse_extension_version(*available);
    if (!from || !to || !(*from < *to)) {
        return {};
    }
    constexpr const char* kWhat = "cannot update the extension citus_columnar";
    CITUS_INIT_TRY(run(session, statement::kBegin, kWhat));
    // Citus would send it to all nodes, and fails where citus itself is not updated yet; each node
    // does it by itself.
    CITUS_INIT_TRY(run(session, statement::kKeepDdlHere, kWhat));
    CITUS_INIT_TRY(run(session, statement::kUpdateColumnar, kWhat));
    CITUS_INIT_TRY(run(session, statement::kCommit, kWhat));
    result.changes.push_back(
        fmt::format("updated the extension citus_columnar from {} to {}", *installed, *available));
    return {};
}

Error library_older(const ExtensionVersion& installed, const ExtensionVersion& available) {
    return Error{
        ExitCode::data_directory,
        fmt::format("the data directory holds Citus {}, but this image brings the older {}, "
                    "which would crash on it. Start it with an image that has Citus {} or "
                    "newer; Citus cannot be downgraded",
                    installed.text(), available.text(), installed.text())};
}

std::string update_not_allowed(const ExtensionVersion& installed,
                               const ExtensionVersion& available) {
    return fmt::format(
        "Citus does not work before its extension is updated from {} to {}, which "
        "CITUS_AUTO_UPGRADE leaves to you. Set CITUS_AUTO_UPGRADE={}, or run ALTER "
        "EXTENSION citus UPDATE on every node",
        installed.text(), available.text(), installed.major == available.major ? "minor" : "major");
}

Status refresh(Session& session, Preparation& result) {
    auto after = read_server_facts(session);
    if (!after) {
        return fail(sql_failure("cannot examine the database", after.error()));
    }
    result.server = *after;
    return {};
}

}  // namespace

std::string create_extension_statements(bool with_columnar) {
    return fmt::format(
        "{};\n{};\n{}{};", statement::kBegin, statement::kCreateCitus,
        with_columnar ? fmt::format("{};\n", statement::kCreateColumnar) : std::string(),
        statement::kCommit);
}

std::string created_extension_text(bool with_columnar) {
    return fmt::format("created the extension citus{}", with_columnar ? " and citus_columnar" : "");
}

Status bring_extension_up_to_date(Connector& connector, const ConnectionTarget& target,
                                  UpgradePolicy policy, std::unique_ptr<Session>& session,
                                  Preparation& result) {
    if (!result.server.extension) {
        CITUS_INIT_TRY(create(*session, result));
        return refresh(*session, result);
    }
    if (!result.server.available) {
        result.warnings.emplace_back(
            "the version of Citus in this image is unknown: the server finds no "
            "citus.control with a default_version");
        return {};
    }
    const ExtensionVersion installed = *result.server.extension;
    switch (decide_upgrade(installed, *result.server.available, policy)) {
        case UpgradeDecision::none:
            break;
        case UpgradeDecision::library_older:
            return fail(library_older(installed, *result.server.available));
        case UpgradeDecision::not_allowed:
            result.waiting_for = update_not_allowed(installed, *result.server.available);
            return {};
        case UpgradeDecision::update:
            CITUS_INIT_TRY(reconnect(connector, target, session));
            CITUS_INIT_TRY(update(*session, installed, result));
            break;
    }
    const std::size_t before = result.changes.size();
    CITUS_INIT_TRY(update_columnar(*session, result));
    return before == 0 && result.changes.empty() ? Status{} : refresh(*session, result);
}

}  // namespace citus_init::citus
