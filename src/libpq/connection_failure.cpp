#include "libpq/connection_failure.h"

#include <algorithm>
#include <optional>
#include <string>

#include "citus_init/base/text.h"
#include "citus_init/citus/sqlstate.h"

namespace citus_init::libpq {

namespace {

constexpr std::size_t kSqlstateLength = 5;

bool is_sqlstate(std::string_view text) {
    return text.size() == kSqlstateLength && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

// Where ":  XXXXX: " has its XXXXX. The severity before it may be in any language.
std::optional<std::size_t> find_sqlstate(std::string_view line) {
    constexpr std::string_view kBefore = ":  ";
    for (auto found = line.find(kBefore); found != std::string_view::npos;
         found = line.find(kBefore, found + 1)) {
        const std::size_t start = found + kBefore.size();
        if (is_sqlstate(line.substr(start, kSqlstateLength)) &&
            line.substr(start + kSqlstateLength, 2) == ": ") {
            return start;
        }
    }
    return std::nullopt;
}

}  // namespace

citus::SqlError connection_failure(std::string_view message) {
    citus::SqlError error{citus::sqlstate::kConnectionFailure, {}, {}, {}};
    std::vector<std::string> kept;
    for (const std::string& line : split(message, '\n')) {
        if (line.starts_with("LOCATION:  ")) {
            continue;
        }
        // The last answer counts: a host name with two addresses has two messages.
        if (const auto start = find_sqlstate(line)) {
            error.sqlstate = line.substr(*start, kSqlstateLength);
            kept.push_back(line.substr(0, *start) + line.substr(*start + kSqlstateLength + 2));
        } else {
            kept.push_back(line);
        }
    }
    error.message = join(kept, "\n");
    return error;
}

}  // namespace citus_init::libpq
