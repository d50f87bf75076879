#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/secret.h"

namespace citus_init::citus {

// Why a statement or a connection failed. Citus often puts the cause into a WARNING and says only
// "failure on connection marked as essential" in the ERROR, so both are kept.
struct SqlError {
    // Five characters: the server's own, that of a refused connection too ("57P03" is starting up,
    // "3D000" no such database); "08006" where no server sent one, the connection failed or broke.
    std::string sqlstate;
    std::string message;  // primary message, with detail and hint on lines of their own
    std::string last_warning;
    std::string last_warning_sqlstate;

    std::string text() const;
};

template <typename T>
using SqlResult = tl::expected<T, SqlError>;

// Rows of text; NULL is nullopt.
struct Rows {
    std::vector<std::vector<std::optional<std::string>>> values;
    // The last WARNING on the way to them: a function of Citus that answers "false" says why
    // there.
    std::string last_warning{};

    bool empty() const { return values.empty(); }
    // The value at (row, column), "" for NULL. Must exist.
    const std::string& at(std::size_t row, std::size_t column) const;
    bool is_null(std::size_t row, std::size_t column) const;
    bool is_true(std::size_t row, std::size_t column) const;
};

// Where to connect. A host that starts with '/' is a socket directory.
struct ConnectionTarget {
    std::string host;
    std::uint16_t port = 5432;
    std::string database;
    std::string user;
    Secret password;  // "" = none offered
    // Further libpq keywords and values, such as sslmode and sslrootcert. None: libpq's defaults.
    std::map<std::string, std::string> options;
    std::chrono::milliseconds connect_timeout{3'000};
    // How long the client waits for one statement's answer; then the session is given up (08006).
    // The server's own limits (lock_timeout, statement_timeout) are to be shorter.
    std::chrono::milliseconds statement_deadline{30'000};
    std::string application_name = "citus-init";
};

// One connection, blocking. The port between the logic of citus/ and libpq: libpq/ implements it,
// tests have a fake, and one contract test runs on both.
class Session {
  public:
    virtual ~Session() = default;

    // One statement with parameters ($1...), all as text, in its own transaction unless the caller
    // opened one.
    [[nodiscard]] virtual SqlResult<Rows> query(const std::string& sql,
                                                const std::vector<std::string>& parameters) = 0;
    [[nodiscard]] SqlResult<Rows> query(const std::string& sql) { return query(sql, {}); }
};

// Opens sessions. Blocks up to the target's connect_timeout, all addresses of the name together,
// plus name resolution, which libpq cannot bound.
class Connector {
  public:
    virtual ~Connector() = default;
    [[nodiscard]] virtual SqlResult<std::unique_ptr<Session>> connect(
        const ConnectionTarget& target) = 0;
};

// "name" in double quotes, for the few places that take no parameter.
std::string quote_identifier(const std::string& name);
std::string quote_literal(const std::string& value);

}  // namespace citus_init::citus
