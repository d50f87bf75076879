#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "citus_init/citus/session.h"

#include "libpq/deadline.h"
#include "libpq/library.h"

namespace citus_init::libpq {

// The last WARNING since it was emptied. Has a fixed address, since libpq keeps a pointer to it.
struct LastWarning {
    const Library* library = nullptr;
    std::string message;
    std::string sqlstate;
};

struct Finish {
    const Library* library = nullptr;
    void operator()(PGconn* connection) const { library->finish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

struct Clear {
    const Library* library = nullptr;
    void operator()(PGresult* result) const { library->clear(result); }
};
using QueryResult = std::unique_ptr<PGresult, Clear>;

// Statements with PQsendQueryParams and poll(2), so that each one has a deadline. `library`
// outlives the session.
class PqSession final : public citus::Session {
  public:
    PqSession(const Library& library, Connection connection, std::chrono::milliseconds deadline,
              bool over_socket_file);

    using Session::query;
    [[nodiscard]] citus::SqlResult<citus::Rows> query(
        const std::string& sql, const std::vector<std::string>& parameters) override;

  private:
    [[nodiscard]] bool send(const std::string& sql, const std::vector<std::string>& parameters);
    [[nodiscard]] WaitResult wait_for_answer(Deadline deadline);
    [[nodiscard]] citus::SqlResult<citus::Rows> expired();
    [[nodiscard]] citus::SqlError connection_error() const;
    [[nodiscard]] citus::SqlError server_error(const PGresult* result) const;

    const Library& library_;
    std::unique_ptr<LastWarning> last_warning_;
    Connection connection_;
    std::chrono::milliseconds deadline_;
    bool over_socket_file_;
};

// libpq's messages end with a newline.
std::string trimmed_message(const char* message);

}  // namespace citus_init::libpq
