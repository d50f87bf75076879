#include "citus_init/libpq/connector.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/citus/client_access.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/citus/sqlstate.h"

#include "libpq/authentication_answer.h"
#include "libpq/connection_failure.h"
#include "libpq/deadline.h"
#include "libpq/library.h"
#include "libpq/session.h"
#include "libpq/session_options.h"

namespace citus_init::libpq {

namespace {

using citus::ConnectionTarget;
using citus::Session;
using citus::SqlError;
using citus::SqlResult;

using Keywords = std::vector<std::pair<std::string, std::string>>;

bool is_socket_directory(const std::string& host) {
    return !host.empty() && host.front() == '/';
}

Keywords keywords_of(const ConnectionTarget& target, int server_version) {
    Keywords keywords{
        {"host", target.host},
        {"port", std::to_string(target.port)},
        {"dbname", target.database},
        {"user", target.user},
        {"application_name", target.application_name},
        {"client_encoding", "UTF8"},
        // Citus does not speak it either; spares us Kerberos' set-up and memory.
        {"gssencmode", "disable"},
        // A peer that vanished without a word is noticed after 25 s instead of two hours.
        {"keepalives_idle", "10"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "20000"},
        // The passwords are ours to give: none from ~/.pgpass.
        {"passfile", "/nonexistent"},
    };
    if (!target.password.empty()) {
        keywords.emplace_back("password", target.password.reveal());
    }
    // Later entries win in PQconnectStartParams.
    std::copy_if(target.options.begin(), target.options.end(), std::back_inserter(keywords),
                 [](const auto& option) { return option.first != citus::kKeepReadOnlyDefault; });
    const auto role = target.user == citus::kNodeRole ? SessionRole::node : SessionRole::superuser;
    const auto read_only = target.options.contains(citus::kKeepReadOnlyDefault)
                               ? ReadOnlyDefault::of_server
                               : ReadOnlyDefault::off;
    keywords.emplace_back("options", session_options(role, server_version, read_only));
    return keywords;
}

Connection start_connecting(const Library& library, const Keywords& keywords) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : keywords) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    // No expand_dbname: a database's name may look like a connection string.
    return Connection(library.connect_start(names.data(), values.data(), 0), Finish{&library});
}

// Until the session has one of its own.
void ignore_notice(void* /*unused*/, const PGresult* /*unused*/) {}

class PqConnector final : public citus::Connector {
  public:
    explicit PqConnector(const Library& library) : library_(library) {}

    // A setting that the server lacks is a FATAL in its log (42704), so one whose version is not
    // known yet is asked for those that every version has; the others follow as a statement.
    [[nodiscard]] SqlResult<std::unique_ptr<Session>> connect(
        const ConnectionTarget& target) override {
        const int known = known_version(target);
        auto session = connect_with(target, known);
        if (session) {
            return session;
        }
        const std::string_view sqlstate = session.error().sqlstate;
        if (sqlstate == citus::sqlstate::kUndefinedObject && known != kOldestServer) {
            return connect_with(target, kOldestServer);
        }
        // The database's own limit, of milliseconds, may have ended the session before ours was
        // set.
        if (const int version = known_version(target); version != known) {
            return connect_with(target, version);
        }
        if (sqlstate == citus::sqlstate::kTransactionTimeout &&
            known < kFirstWithTransactionTimeout) {
            return connect_with(target, kFirstWithTransactionTimeout);
        }
        return session;
    }

  private:
    [[nodiscard]] int known_version(const ConnectionTarget& target) {
        const std::lock_guard lock(versions_mutex_);
        const auto found = versions_.find({target.host, target.port});
        return found == versions_.end() ? kOldestServer : found->second;
    }

    // A server's version as libpq knows it, kept for the next connection, which names all settings
    // at its start and spares the statement.
    [[nodiscard]] SqlResult<std::unique_ptr<Session>> with_later_settings(
        const ConnectionTarget& target, int named, int version,
        std::unique_ptr<PqSession> session) {
        if (version != named) {
            const std::lock_guard lock(versions_mutex_);
            versions_[{target.host, target.port}] = version;
        }
        const std::string statement = pin_later_settings(named, version);
        if (!statement.empty()) {
            if (const auto set = session->query(statement); !set) {
                return tl::unexpected(set.error());
            }
        }
        return session;
    }

    [[nodiscard]] SqlResult<std::unique_ptr<Session>> connect_with(const ConnectionTarget& target,
                                                                   int named) {
        Connection connection = start_connecting(library_, keywords_of(target, named));
        if (!connection) {
            return tl::unexpected(
                SqlError{citus::sqlstate::kConnectionFailure, "out of memory", {}, {}});
        }
        // Verbose, because the message is the only place where a refused connection's SQLSTATE is.
        library_.set_error_verbosity(connection.get(), PQERRORS_VERBOSE);
        // libpq's own prints on stderr, such as the last message of a server that ends right now.
        library_.set_notice_receiver(connection.get(), ignore_notice, nullptr);
        const Deadline deadline = std::chrono::steady_clock::now() + target.connect_timeout;
        const bool may_be_asked = !target.password.empty() && !is_socket_directory(target.host);
        // As if the last poll had said PGRES_POLLING_WRITING (libpq's manual).
        for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
             state = library_.connect_poll(connection.get())) {
            if (state == PGRES_POLLING_FAILED ||
                library_.status(connection.get()) == CONNECTION_BAD) {
                return tl::unexpected(
                    connection_failure(trimmed_message(library_.error_message(connection.get()))));
            }
            const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
            if (wait_for(library_.socket(connection.get()), events, deadline) ==
                WaitResult::expired) {
                return tl::unexpected(SqlError{
                    citus::sqlstate::kConnectionFailure,
                    fmt::format("connection to \"{}\" port {} was not established within {} ms",
                                target.host, target.port, target.connect_timeout.count()),
                    {},
                    {}});
            }
            if (may_be_asked && state == PGRES_POLLING_READING &&
                is_asked_in_clear(connection.get(), deadline)) {
                return tl::unexpected(SqlError{
                    citus::sqlstate::kInvalidAuthorizationSpecification,
                    fmt::format("\"{}\" port {} asks for the password in clear text, over a "
                                "connection without TLS: it is not given. Let its pg_hba.conf have "
                                "scram-sha-256, or hostssl",
                                target.host, target.port),
                    {},
                    {}});
            }
        }
        const int version = library_.server_version(connection.get());
        return with_later_settings(
            target, named, version,
            std::make_unique<PqSession>(library_, std::move(connection), target.statement_deadline,
                                        is_socket_directory(target.host)));
    }

    // libpq 15 has no require_auth, and answers whatever it is asked. So what it will read is read
    // first (MSG_PEEK), which is possible just where it matters: without TLS.
    bool is_asked_in_clear(PGconn* connection, Deadline deadline) const {
        constexpr std::chrono::milliseconds kPause{1};
        if (library_.status(connection) != CONNECTION_AWAITING_RESPONSE ||
            library_.ssl_in_use(connection) != 0) {
            return false;
        }
        std::array<char, 8192> buffer{};
        for (;;) {
            const ssize_t size = ::recv(library_.socket(connection), buffer.data(), buffer.size(),
                                        MSG_PEEK | MSG_DONTWAIT);
            if (size <= 0) {
                return false;  // closed: libpq says so
            }
            const auto answer = authentication_answer(
                std::string_view(buffer.data(), static_cast<std::size_t>(size)));
            if (answer != AuthenticationAnswer::incomplete) {
                return answer == AuthenticationAnswer::asks_in_clear;
            }
            // What came in part must not be taken by libpq before its rest is known.
            if (static_cast<std::size_t>(size) == buffer.size() ||
                std::chrono::steady_clock::now() > deadline) {
                return true;
            }
            std::this_thread::sleep_for(kPause);
        }
    }

    Library library_;
    std::mutex versions_mutex_;
    std::map<std::pair<std::string, std::uint16_t>, int> versions_;  // by address
};

}  // namespace

Result<std::string> make_password_verifier(const std::string& user, const Secret& password) {
    const auto library = load_library(kLibrary);
    if (!library) {
        return fail(library.error());
    }
    // A connection is asked for, only for the text of an error: one that nobody answers will do.
    const Connection connection = start_connecting(*library, {{"host", "/"}});
    char* made = connection ? library->encrypt_password(connection.get(), password.reveal().c_str(),
                                                        user.c_str(), "scram-sha-256")
                            : nullptr;
    if (made == nullptr) {
        return fail(ExitCode::software, fmt::format("libpq cannot make a verifier of the password "
                                                    "of \"{}\"",
                                                    user));
    }
    std::string verifier(made);
    library->free_memory(made);
    return verifier;
}

Result<std::unique_ptr<citus::Connector>> load_connector() {
    auto library = load_library(kLibrary);
    if (!library) {
        return fail(library.error());
    }
    return std::make_unique<PqConnector>(*library);
}

}  // namespace citus_init::libpq
