#pragma once

#include <string>
#include <utility>

namespace citus_init {

// The exit codes of docs/exit-codes.md: sysexits(3) where it has a word for it. A child's own exit
// status passes through as it is, so those of process 1 never collide with what PostgreSQL (0..3)
// or a shell (126, 127, 128+signal) means.
enum class ExitCode : int {
    ok = 0,
    not_done = 1,         // an operator's verb: refused, or not brought to its end
    usage = 64,           // EX_USAGE: command line
    data_directory = 65,  // EX_DATAERR: major version, incomplete, Citus marker
    unavailable = 69,     // EX_UNAVAILABLE: a peer or the server was not reachable in time
    software = 70,        // EX_SOFTWARE: our own bug
    os = 71,              // EX_OSERR: cannot spawn
    cannot_create = 73,   // EX_CANTCREAT: a file or directory
    io = 74,              // EX_IOERR: disk full, I/O error
    locked = 75,          // EX_TEMPFAIL: data directory in use by another container
    identity = 76,        // EX_PROTOCOL: this node is not who it should be
    permission = 77,      // EX_NOPERM
    config = 78,          // EX_CONFIG: a setting
};

// The word that follows "exit N" on the last line of stderr, e.g. "config".
const char* exit_code_name(ExitCode code);

// A failure as a value. `message` reads: what failed, on which object, why, and what to do. It
// never holds a secret.
struct Error {
    ExitCode code = ExitCode::software;
    std::string message;
};

// An Error from errno: "WHAT: strerror". ENOSPC, EDQUOT and EIO become `io`, EACCES, EPERM and
// EROFS `permission`, whatever `otherwise` says.
Error errno_error(std::string what, int error_number, ExitCode otherwise = ExitCode::io);

}  // namespace citus_init
