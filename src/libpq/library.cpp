#include "libpq/library.h"

#include <dlfcn.h>

#include <fmt/core.h>

namespace citus_init::libpq {

namespace {

std::string dynamic_linker_error() {
    const char* reason = ::dlerror();
    return reason == nullptr ? "unknown reason" : reason;
}

template <typename Function>
Status find(void* handle, const char* name, Function& function) {
    void* symbol = ::dlsym(handle, name);
    if (symbol == nullptr) {
        return fail(ExitCode::os,
                    fmt::format("cannot use libpq, the PostgreSQL client library: {}. Install a "
                                "libpq5 of PostgreSQL 12 or newer",
                                dynamic_linker_error()));
    }
    // POSIX says that an object pointer from dlsym converts to the function's.
    function = reinterpret_cast<Function>(symbol);
    return {};
}

}  // namespace

Result<Library> load_library(const char* file_name) {
    void* handle = ::dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        return fail(ExitCode::os,
                    fmt::format("cannot load libpq, the PostgreSQL client library: {}. Install the "
                                "package libpq5",
                                dynamic_linker_error()));
    }
    Library library;
    CITUS_INIT_TRY(find(handle, "PQconnectStartParams", library.connect_start));
    CITUS_INIT_TRY(find(handle, "PQconnectPoll", library.connect_poll));
    CITUS_INIT_TRY(find(handle, "PQstatus", library.status));
    CITUS_INIT_TRY(find(handle, "PQsocket", library.socket));
    CITUS_INIT_TRY(find(handle, "PQerrorMessage", library.error_message));
    CITUS_INIT_TRY(find(handle, "PQfinish", library.finish));
    CITUS_INIT_TRY(find(handle, "PQsetErrorVerbosity", library.set_error_verbosity));
    CITUS_INIT_TRY(find(handle, "PQsetNoticeReceiver", library.set_notice_receiver));
    CITUS_INIT_TRY(find(handle, "PQsendQueryParams", library.send_query));
    CITUS_INIT_TRY(find(handle, "PQflush", library.flush));
    CITUS_INIT_TRY(find(handle, "PQconsumeInput", library.consume_input));
    CITUS_INIT_TRY(find(handle, "PQisBusy", library.is_busy));
    CITUS_INIT_TRY(find(handle, "PQgetResult", library.get_result));
    CITUS_INIT_TRY(find(handle, "PQresultStatus", library.result_status));
    CITUS_INIT_TRY(find(handle, "PQresultErrorField", library.error_field));
    CITUS_INIT_TRY(find(handle, "PQntuples", library.row_count));
    CITUS_INIT_TRY(find(handle, "PQnfields", library.column_count));
    CITUS_INIT_TRY(find(handle, "PQgetisnull", library.is_null));
    CITUS_INIT_TRY(find(handle, "PQgetvalue", library.value));
    CITUS_INIT_TRY(find(handle, "PQclear", library.clear));
    CITUS_INIT_TRY(find(handle, "PQgetCancel", library.get_cancel));
    CITUS_INIT_TRY(find(handle, "PQcancel", library.cancel));
    CITUS_INIT_TRY(find(handle, "PQfreeCancel", library.free_cancel));
    return library;
}

}  // namespace citus_init::libpq
