#include "citus_init/citus/backup_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus/backup_request_statements.h"
#include "citus/own_functions.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

constexpr std::array kStates{
    std::pair{BackupState::requested, "requested"}, std::pair{BackupState::running, "running"},
    std::pair{BackupState::done, "done"},           std::pair{BackupState::failed, "failed"},
    std::pair{BackupState::cancelled, "cancelled"}, std::pair{BackupState::lost, "lost"},
    std::pair{BackupState::expired, "expired"}};

// A state that a later version has written is over for this one.
BackupState state_of(const std::string& text) {
    const auto* const found = std::find_if(kStates.begin(), kStates.end(),
                                           [&](const auto& row) { return row.second == text; });
    return found == kStates.end() ? BackupState::failed : found->first;
}

std::optional<BackupRow> row_of(const Rows& rows) {
    if (rows.empty()) {
        return std::nullopt;
    }
    BackupRow row;
    std::size_t column = 0;
    row.id = rows.at(0, column++);
    row.type = rows.at(0, column++);
    row.requested_by = rows.at(0, column++);
    row.requested_at = rows.at(0, column++);
    row.state = state_of(rows.at(0, column++));
    row.stanza = rows.at(0, column++);
    row.permille = integer_at(rows, 0, column++);
    row.bytes = bigint_at(rows, 0, column++);
    row.total_bytes = bigint_at(rows, 0, column++);
    row.label = rows.at(0, column++);
    row.error = rows.at(0, column++);
    row.cancel_wanted = rows.is_true(0, column++);
    row.is_held = rows.is_true(0, column++);
    return row;
}

template <typename... Parts>
std::string filled(const char* statement, const Parts&... parts) {
    return fmt::format(fmt::runtime(statement), parts...);
}

// In the transaction that has locked the table.
SqlResult<BackupRequest> request_locked(Session& session, const std::string& type,
                                        const std::string& requested_by) {
    const std::string give_up = filled(statement::kGiveUpRunning, statement::kNobodyWorks);
    for (const auto& sql : {give_up, std::string(statement::kGiveUpOldRequests)}) {
        if (const auto rows = session.query(sql); !rows) {
            return tl::unexpected(rows.error());
        }
    }
    auto other = read_backup_under_way(session);
    if (!other) {
        return tl::unexpected(other.error());
    }
    if (*other) {
        return BackupRequest{"", std::move(*other)};
    }
    const auto made = session.query(statement::kRequestBackup, {type, requested_by});
    return made ? SqlResult<BackupRequest>(BackupRequest{made->at(0, 0), std::nullopt})
                : tl::unexpected(made.error());
}

}  // namespace

const char* to_string(BackupState state) {
    const auto* const found = std::find_if(kStates.begin(), kStates.end(),
                                           [&](const auto& row) { return row.first == state; });
    return found->second;
}

bool is_over(BackupState state) {
    return state != BackupState::requested && state != BackupState::running;
}

SqlResult<void> publish_backup_agent(Session& session, const BackupAgent& agent) {
    if (auto made = make_in_own_schema(
            session,
            {statement::kCreateBackup, statement::kCreateBackupAgent, statement::kRevokeBackup});
        !made) {
        return made;
    }
    return without_rows(session.query(statement::kPublishBackupAgent,
                                      {agent.wake_file, agent.errors_file, agent.configuration}));
}

SqlResult<void> note_made_stanza(Session& session, const std::string& place) {
    if (auto made =
            make_in_own_schema(session, {statement::kCreateArchiving, statement::kRevokeArchiving});
        !made) {
        return made;
    }
    return without_rows(session.query(statement::kNoteMadeStanza, {place}));
}

SqlResult<std::string> read_made_stanza(Session& session) {
    const auto is_there = ask(session, statement::kArchivingIsThere);
    if (!is_there || !*is_there) {
        return is_there ? SqlResult<std::string>("") : tl::unexpected(is_there.error());
    }
    const auto rows = session.query(statement::kMadeStanza);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? "" : rows->at(0, 0);
}

SqlResult<bool> hold_backup_lock(Session& session) {
    return ask(session, statement::kHoldBackupLock);
}

SqlResult<std::optional<BackupRow>> claim_backup(Session& session, const std::string& stanza) {
    for (const auto& sql :
         {filled(statement::kGiveUpRunning, "true"), std::string(statement::kGiveUpOldRequests),
          std::string(statement::kForgetOldBackups)}) {
        if (const auto rows = session.query(sql); !rows) {
            return tl::unexpected(rows.error());
        }
    }
    const auto rows =
        session.query(filled(statement::kClaimBackup, statement::kBackupColumns), {stanza});
    return rows ? SqlResult<std::optional<BackupRow>>(row_of(*rows)) : tl::unexpected(rows.error());
}

SqlResult<bool> report_backup(Session& session, const BackupRow& row) {
    return ask(session, statement::kReportBackup,
               {row.id, to_string(row.state), std::to_string(row.permille),
                std::to_string(row.bytes), std::to_string(row.total_bytes), row.label, row.error});
}

SqlResult<BackupAgent> read_backup_agent(Session& session) {
    const auto rows = session.query(statement::kBackupAgent);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return BackupAgent();
    }
    return BackupAgent{rows->at(0, 0), rows->at(0, 1), rows->at(0, 2), rows->is_true(0, 3)};
}

SqlResult<BackupRequest> request_backup(Session& session, const std::string& type,
                                        const std::string& requested_by) {
    for (const char* sql : {statement::kBegin, statement::kLockBackups}) {
        if (const auto rows = session.query(sql); !rows) {
            static_cast<void>(session.query(statement::kRollback));
            return tl::unexpected(rows.error());
        }
    }
    auto request = request_locked(session, type, requested_by);
    const auto ended = session.query(request ? statement::kCommit : statement::kRollback);
    if (request && !ended) {
        return tl::unexpected(ended.error());
    }
    return request;
}

SqlResult<std::optional<BackupRow>> read_backup_under_way(Session& session) {
    const auto rows = session.query(
        filled(statement::kBackupUnderWay, statement::kBackupColumns, statement::kNobodyWorks));
    return rows ? SqlResult<std::optional<BackupRow>>(row_of(*rows)) : tl::unexpected(rows.error());
}

SqlResult<void> wake_backup_agent(Session& session, const BackupAgent& agent) {
    return without_rows(
        session.query(filled(statement::kWakeBackupAgent, quote_literal(agent.wake_file))));
}

SqlResult<std::optional<BackupRow>> read_backup(Session& session, const std::string& id) {
    const auto rows = session.query(
        filled(statement::kReadBackup, statement::kBackupColumns, statement::kNobodyWorks), {id});
    return rows ? SqlResult<std::optional<BackupRow>>(row_of(*rows)) : tl::unexpected(rows.error());
}

SqlResult<void> cancel_backup(Session& session, const std::string& id) {
    return without_rows(session.query(statement::kCancelBackup, {id}));
}

SqlResult<void> give_up_backup(Session& session, const std::string& id, BackupState state,
                               const std::string& error) {
    return without_rows(session.query(statement::kGiveUpBackup, {id, to_string(state), error}));
}

}  // namespace citus_init::citus
