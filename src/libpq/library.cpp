#include "libpq/library.h"

#include <dlfcn.h>

#include <string>

#include <fmt/core.h>

namespace citus_init::libpq {

namespace {

std::string dynamic_linker_error() {
    const char* reason = ::dlerror();
    return reason == nullptr ? "unknown reason" : reason;
}

// Looks up one name after another; remembers the first that is missing.
class Symbols {
  public:
    explicit Symbols(void* handle) : handle_(handle) {}

    template <typename Function>
    void find(const char* name, Function& function) {
        void* symbol = ::dlsym(handle_, name);
        if (symbol == nullptr && problem_.empty()) {
            problem_ = dynamic_linker_error();
        }
        // POSIX says that an object pointer from dlsym converts to the function's.
        function = reinterpret_cast<Function>(symbol);
    }

    const std::string& problem() const { return problem_; }

  private:
    void* handle_;
    std::string problem_;
};

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
    Symbols symbols(handle);
    symbols.find("PQconnectStartParams", library.connect_start);
    symbols.find("PQconnectPoll", library.connect_poll);
    symbols.find("PQstatus", library.status);
    symbols.find("PQsocket", library.socket);
    symbols.find("PQerrorMessage", library.error_message);
    symbols.find("PQfinish", library.finish);
    symbols.find("PQsetErrorVerbosity", library.set_error_verbosity);
    symbols.find("PQsetNoticeReceiver", library.set_notice_receiver);
    symbols.find("PQsendQueryParams", library.send_query);
    symbols.find("PQflush", library.flush);
    symbols.find("PQconsumeInput", library.consume_input);
    symbols.find("PQisBusy", library.is_busy);
    symbols.find("PQgetResult", library.get_result);
    symbols.find("PQresultStatus", library.result_status);
    symbols.find("PQresultErrorField", library.error_field);
    symbols.find("PQntuples", library.row_count);
    symbols.find("PQnfields", library.column_count);
    symbols.find("PQgetisnull", library.is_null);
    symbols.find("PQgetvalue", library.value);
    symbols.find("PQclear", library.clear);
    symbols.find("PQgetCancel", library.get_cancel);
    symbols.find("PQcancel", library.cancel);
    symbols.find("PQfreeCancel", library.free_cancel);
    if (!symbols.problem().empty()) {
        return fail(ExitCode::os,
                    fmt::format("cannot use libpq, the PostgreSQL client library: {}. Install a "
                                "libpq5 of PostgreSQL 12 or newer",
                                symbols.problem()));
    }
    return library;
}

}  // namespace citus_init::libpq
