#include "supervisor/console.h"

#include <unistd.h>

#include <string_view>

#include "citus_init/base/bounded_output.h"
#include "citus_init/base/log.h"

namespace citus_init::supervisor {

namespace {

void print_on_stdout(std::string_view text) {
    static BoundedOutput output(STDOUT_FILENO);
    static_cast<void>(output.write(text));
}

bool is_json() {
    return log::format() == log::Format::json;
}

void print_sentence(const std::string& sentence) {
    print_on_stdout(is_json() ? log::line(log::Level::info, sentence)
                              : "citus-init: " + sentence + "\n");
}

// As the official image has its own, between empty lines.
void print_official(const std::string& sentence) {
    print_on_stdout(is_json() ? log::line(log::Level::info, sentence) : "\n" + sentence + "\n\n");
}

}  // namespace

void report_existing_cluster() {
    print_official(
        "PostgreSQL Database directory appears to contain a database; Skipping initialization");
}

void report_bootstrap_complete() {
    print_official("PostgreSQL init process complete; ready for start up.");
}

void report_ready() {
    print_sentence("database system is ready to accept connections");
}

void report_ready_for_reading() {
    print_sentence("database system is ready to accept read-only connections");
}

void report_end(int code, const std::string& why) {
    if (code != 0) {
        log::error("exit {}: {}", code, why);
    } else {
        log::info("{}", why);
    }
}

}  // namespace citus_init::supervisor
