#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/fd.h"
#include "citus_init/base/log.h"
#include "citus_init/base/result.h"

namespace citus_init::supervisor {

// What is done to the log lines of a server, or of initdb, on their way to our stderr. With
// Patroni, which runs initdb itself, its statement is hidden as well.
enum class RelayMode {
    bootstrap,  // the bootstrap server's ready line is reworded: whoever waits for it in the
                // container's log (Testcontainers) must not take the bootstrap for the end; what
                // every bootstrap server logs of its start and stop is left out
    bootstrap_all,  // the same, with nothing left out
    initdb,         // a failed statement that sets the superuser's password is shown without it
    text,           // as they are
    json,           // each message as one JSON object
    bootstrap_json,
    bootstrap_json_all,
    patroni,  // Patroni's lines and its server's, as they are
    patroni_json,
    scripts_json,  // each line that init scripts print as one JSON object
};

const char* relay_mode_name(RelayMode mode);

// The line without the password of `ALTER USER "..." WITH PASSWORD E'...'`, the statement of initdb
// that the server prints where it fails: the disk is full, the name is reserved. Pure.
std::string without_initdb_password(std::string_view line);

// The relay finds it in its environment, where the lines have one.
inline constexpr const char* kLogTokenVariable = "CITUS_INIT_LOG_TOKEN";

class JsonLog;

// Turns PostgreSQL's stderr into our log, line by line, or for JSON message by message. Pure.
class LogLines {
  public:
    // `node` and `role`: of every JSON object, "" = none. `token`: of the lines, see
    // render/log_line_prefix.h.
    explicit LogLines(RelayMode mode, const std::string& node = "", const std::string& role = "",
                      const std::string& token = "");
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;
    ~LogLines();

    // The output for one complete line without its newline; "" while a message may go on.
    std::string take(std::string_view line);
    // What is left at the end.
    std::string flush();

  private:
    bool is_left_out(std::string_view line);

    bool of_bootstrap_;
    bool leaves_out_;
    bool leaving_out_ = false;  // the message that the last line belongs to
    std::unique_ptr<JsonLog> json_;
};

// Whatever the mode, the log's feed (base/log_feed.h) gets each message as a JSON object, where
// there is one.
//
// The hidden verb `citus-init relay-log MODE [NODE [ROLE]]`: stdin to stderr until its end. A
// process of its own, so that PID 1 neither copies the log nor ever waits for whoever reads it. As
// JSON it does not wait either: 2 MB are kept for the reader, lines beyond are dropped and counted.
// In the modes of Patroni stdout is a socket to PID 1, which gets each of Patroni's failures, a
// line each.
int run_relay_log(const std::vector<std::string>& arguments);

}  // namespace citus_init::supervisor
