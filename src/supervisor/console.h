#pragma once

#include <string>

namespace citus_init::supervisor {

// What PID 1 prints for whoever reads a container's log, people and tools. All but the last go to
// stdout, in one write(2) each, which waits 200 ms at most: a line that cannot be written has no
// reader.

// The official image's sentences, which tools look for.
void report_existing_cluster();
void report_bootstrap_complete();

// Once per start of the server: the second of the two lines that Testcontainers waits for.
void report_ready();

// Of a standby.
void report_ready_for_reading();

// The last line of the log: with what, and why, PID 1 ends.
void report_end(int code, const std::string& why);

}  // namespace citus_init::supervisor
