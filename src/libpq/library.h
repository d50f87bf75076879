#pragma once

#include <libpq-fe.h>

#include "citus_init/base/result.h"

namespace citus_init::libpq {

// The functions of libpq that we call, typed by its own header, found by dlsym(3).
struct Library {
    decltype(&::PQconnectStartParams) connect_start = nullptr;
    decltype(&::PQconnectPoll) connect_poll = nullptr;
    decltype(&::PQstatus) status = nullptr;
    decltype(&::PQsocket) socket = nullptr;
    decltype(&::PQsslInUse) ssl_in_use = nullptr;
    decltype(&::PQerrorMessage) error_message = nullptr;
    decltype(&::PQserverVersion) server_version = nullptr;
    decltype(&::PQfinish) finish = nullptr;
    decltype(&::PQsetErrorVerbosity) set_error_verbosity = nullptr;
    decltype(&::PQsetNoticeReceiver) set_notice_receiver = nullptr;
    decltype(&::PQsendQueryParams) send_query = nullptr;
    decltype(&::PQflush) flush = nullptr;
    decltype(&::PQconsumeInput) consume_input = nullptr;
    decltype(&::PQisBusy) is_busy = nullptr;
    decltype(&::PQgetResult) get_result = nullptr;
    decltype(&::PQresultStatus) result_status = nullptr;
    decltype(&::PQresultErrorField) error_field = nullptr;
    decltype(&::PQntuples) row_count = nullptr;
    decltype(&::PQnfields) column_count = nullptr;
    decltype(&::PQgetisnull) is_null = nullptr;
    decltype(&::PQgetvalue) value = nullptr;
    decltype(&::PQclear) clear = nullptr;
    decltype(&::PQgetCancel) get_cancel = nullptr;
    decltype(&::PQcancel) cancel = nullptr;
    decltype(&::PQfreeCancel) free_cancel = nullptr;
    decltype(&::PQencryptPasswordConn) encrypt_password = nullptr;
    decltype(&::PQfreemem) free_memory = nullptr;
};

[[nodiscard]] Result<Library> load_library(const char* file_name);

}  // namespace citus_init::libpq
