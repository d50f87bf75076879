#include "supervisor/console.h"

#include <unistd.h>

#include <string_view>

#include "citus_init/base/log.h"

namespace citus_init::supervisor {

namespace {

void print_on_stdout(std::string_view text) {
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace

void report_bootstrap_complete() {
    print_on_stdout("\nPostgreSQL init process complete; ready for start up.\n\n");
}

void report_ready() {
    print_on_stdout("citus-init: database system is ready to accept connections\n");
}

void report_ready_for_reading() {
    print_on_stdout("citus-init: database system is ready to accept read-only connections\n");
}

void report_end(int code, const std::string& why) {
    if (code != 0) {
        log::error("exit {}: {}", code, why);
    } else {
        log::info("{}", why);
    }
}

}  // namespace citus_init::supervisor
