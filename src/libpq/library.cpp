#include "libpq/library.h"

#include <fmt/core.h>

#include "citus_init/base/dynamic_library.h"

namespace citus_init::libpq {

Result<Library> load_library(const char* file_name) {
    auto symbols = DynamicLibrary::open(file_name);
    if (!symbols) {
        return fail(ExitCode::os,
                    fmt::format("cannot load libpq, the PostgreSQL client library: {}. Install the "
                                "package libpq5",
                                symbols.error().message));
    }
    Library library;
    symbols->find("PQconnectStartParams", library.connect_start);
    symbols->find("PQconnectPoll", library.connect_poll);
    symbols->find("PQstatus", library.status);
    symbols->find("PQsocket", library.socket);
    symbols->find("PQsslInUse", library.ssl_in_use);
    symbols->find("PQerrorMessage", library.error_message);
    symbols->find("PQserverVersion", library.server_version);
    symbols->find("PQfinish", library.finish);
    symbols->find("PQsetErrorVerbosity", library.set_error_verbosity);
    symbols->find("PQsetNoticeReceiver", library.set_notice_receiver);
    symbols->find("PQsendQueryParams", library.send_query);
    symbols->find("PQflush", library.flush);
    symbols->find("PQconsumeInput", library.consume_input);
    symbols->find("PQisBusy", library.is_busy);
    symbols->find("PQgetResult", library.get_result);
    symbols->find("PQresultStatus", library.result_status);
    symbols->find("PQresultErrorField", library.error_field);
    symbols->find("PQntuples", library.row_count);
    symbols->find("PQnfields", library.column_count);
    symbols->find("PQgetisnull", library.is_null);
    symbols->find("PQgetvalue", library.value);
    symbols->find("PQclear", library.clear);
    symbols->find("PQgetCancel", library.get_cancel);
    symbols->find("PQcancel", library.cancel);
    symbols->find("PQfreeCancel", library.free_cancel);
    symbols->find("PQencryptPasswordConn", library.encrypt_password);
    symbols->find("PQfreemem", library.free_memory);
    if (!symbols->missing().empty()) {
        return fail(ExitCode::os,
                    fmt::format("cannot use libpq, the PostgreSQL client library: it has no {}. "
                                "Install a libpq5 of PostgreSQL 12 or newer",
                                symbols->missing()));
    }
    return library;
}

}  // namespace citus_init::libpq
