#pragma once

#include <array>
#include <string>

namespace citus_init::render {

struct GucStack;

// log_line_prefix where the server's lines become JSON (CITUS_LOG_FORMAT=json). `token`: of this
// start, which only who is logged in can read. Without it any client could write records of its
// own: the names in a startup packet may hold tabs and line breaks, and go into the prefix as they
// are. The token begins each line and ends both names; a tab ends the other fields and cannot be in
// them (application_name: pg_clean_ascii()). "" = what `explain` shows.
std::string json_log_line_prefix(const std::string& token);

// Its fields in their order: seconds since the epoch, pid, SQLSTATE, user, database, application,
// kind of process, query id (a server before 14 knows no %Q and writes nothing for it).
struct LogLineField {
    const char* escape;
    bool is_name;
};
inline constexpr std::array<LogLineField, 8> kJsonLogLineFields{{{"%n", false},
                                                                 {"%p", false},
                                                                 {"%e", false},
                                                                 {"%u", true},
                                                                 {"%d", true},
                                                                 {"%a", false},
                                                                 {"%b", false},
                                                                 {"%Q", false}}};

// Where the stack's log_line_prefix is ours: puts the token in, there and into stack.log_token.
void mark_log_lines(GucStack& stack, const std::string& token);

}  // namespace citus_init::render
