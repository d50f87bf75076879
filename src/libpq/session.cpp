#include "libpq/session.h"

#include <poll.h>

#include <array>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sqlstate.h"

namespace citus_init::libpq {

namespace {

using citus::Rows;
using citus::SqlError;
using citus::SqlResult;

std::string field(const Library& library, const PGresult* result, int code) {
    const char* text = library.error_field(result, code);
    return text == nullptr ? "" : text;
}

void keep_warning(void* argument, const PGresult* result) {
    auto& last = *static_cast<LastWarning*>(argument);
    // The non-localized severity exists since PostgreSQL 9.6.
    if (field(*last.library, result, PG_DIAG_SEVERITY_NONLOCALIZED) != "WARNING") {
        return;
    }
    last.message = field(*last.library, result, PG_DIAG_MESSAGE_PRIMARY);
    last.sqlstate = field(*last.library, result, PG_DIAG_SQLSTATE);
}

Rows rows_of(const Library& library, const PGresult* result) {
    Rows rows;
    const int columns = library.column_count(result);
    for (int row = 0; row < library.row_count(result); ++row) {
        auto& values = rows.values.emplace_back();
        for (int column = 0; column < columns; ++column) {
            if (library.is_null(result, row, column) != 0) {
                values.emplace_back(std::nullopt);
            } else {
                values.emplace_back(library.value(result, row, column));
            }
        }
    }
    return rows;
}

}  // namespace

std::string trimmed_message(const char* message) {
    return std::string(trim(message == nullptr ? std::string_view{} : std::string_view(message)));
}

PqSession::PqSession(const Library& library, Connection connection,
                     std::chrono::milliseconds deadline, bool over_socket_file)
    : library_(library),
      last_warning_(std::make_unique<LastWarning>(LastWarning{&library, {}, {}})),
      connection_(std::move(connection)),
      deadline_(deadline),
      over_socket_file_(over_socket_file) {
    library_.set_notice_receiver(connection_.get(), keep_warning, last_warning_.get());
}

SqlResult<Rows> PqSession::query(const std::string& sql,
                                 const std::vector<std::string>& parameters) {
    if (!connection_) {
        return tl::unexpected(
            SqlError{citus::sqlstate::kConnectionFailure, "the session was given up", {}, {}});
    }
    last_warning_->message.clear();
    last_warning_->sqlstate.clear();
    if (!send(sql, parameters)) {
        return tl::unexpected(connection_error());
    }
    const Deadline deadline = std::chrono::steady_clock::now() + deadline_;
    SqlResult<Rows> answer = Rows{};
    for (;;) {
        if (wait_for_answer(deadline) == WaitResult::expired) {
            return expired();
        }
        const QueryResult result(library_.get_result(connection_.get()), Clear{&library_});
        if (!result) {
            if (answer) {
                answer->last_warning = last_warning_->message;
            }
            return answer;
        }
        const ExecStatusType status = library_.result_status(result.get());
        if (status == PGRES_TUPLES_OK) {
            answer = rows_of(library_, result.get());
        } else if (status != PGRES_COMMAND_OK) {
            answer = tl::unexpected(server_error(result.get()));
        }
    }
}

bool PqSession::send(const std::string& sql, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const auto& parameter : parameters) {
        values.push_back(parameter.c_str());
    }
    return library_.send_query(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                               nullptr, values.data(), nullptr, nullptr, 0) == 1;
}

// Ready: PQgetResult will not block.
WaitResult PqSession::wait_for_answer(Deadline deadline) {
    PGconn* connection = connection_.get();
    while (library_.is_busy(connection) != 0) {
        const int unsent = library_.flush(connection);
        const short events = unsent == 1 ? POLLIN | POLLOUT : POLLIN;
        if (wait_for(library_.socket(connection), events, deadline) == WaitResult::expired) {
            return WaitResult::expired;
        }
        // A broken connection: PQgetResult makes the error's result.
        if (library_.consume_input(connection) == 0) {
            return WaitResult::ready;
        }
    }
    return WaitResult::ready;
}

SqlResult<Rows> PqSession::expired() {
    // PQcancel makes a blocking connection of its own: fine over a socket file, without bound to a
    // host that hangs, whose server-side timeouts then have to do.
    if (over_socket_file_) {
        if (PGcancel* handle = library_.get_cancel(connection_.get()); handle != nullptr) {
            std::array<char, 256> reason{};
            library_.cancel(handle, reason.data(), static_cast<int>(reason.size()));
            library_.free_cancel(handle);
        }
    }
    connection_.reset();
    return tl::unexpected(SqlError{
        citus::sqlstate::kConnectionFailure,
        fmt::format("the server did not answer a statement within {} ms", deadline_.count()),
        last_warning_->message, last_warning_->sqlstate});
}

SqlError PqSession::connection_error() const {
    return SqlError{citus::sqlstate::kConnectionFailure,
                    trimmed_message(library_.error_message(connection_.get())),
                    last_warning_->message, last_warning_->sqlstate};
}

SqlError PqSession::server_error(const PGresult* result) const {
    SqlError error = connection_error();
    // No SQLSTATE: libpq made this result itself, because the connection broke.
    if (const std::string sqlstate = field(library_, result, PG_DIAG_SQLSTATE); !sqlstate.empty()) {
        error.sqlstate = sqlstate;
        error.message = field(library_, result, PG_DIAG_MESSAGE_PRIMARY);
        const std::string detail = field(library_, result, PG_DIAG_MESSAGE_DETAIL);
        const std::string hint = field(library_, result, PG_DIAG_MESSAGE_HINT);
        error.message += detail.empty() ? "" : "\nDETAIL: " + detail;
        error.message += hint.empty() ? "" : "\nHINT: " + hint;
    }
    return error;
}

}  // namespace citus_init::libpq
