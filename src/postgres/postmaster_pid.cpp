#include "citus_init/postgres/postmaster_pid.h"

#include <cstdlib>
#include <limits>
#include <vector>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"

namespace citus_init::postgres {

namespace {

// The status is padded with blanks to a fixed length, so that rewriting it in place is atomic.
PostmasterStatus status_of(std::string_view line) {
    const auto word = trim(line);
    if (word == "starting") {
        return PostmasterStatus::starting;
    }
    if (word == "stopping") {
        return PostmasterStatus::stopping;
    }
    if (word == "ready") {
        return PostmasterStatus::ready;
    }
    if (word == "standby") {
        return PostmasterStatus::standby;
    }
    return PostmasterStatus::unknown;
}

}  // namespace

std::optional<PostmasterPid> parse_postmaster_pid(std::string_view text) {
    constexpr std::size_t kLines = 8;
    std::vector<std::string> lines = split(text, '\n');
    lines.resize(kLines);
    PostmasterPid result;
    const auto digits = trim(lines[0]);
    result.standalone = !digits.empty() && digits.front() == '-';
    const auto pid = parse_integer(result.standalone ? digits.substr(1) : digits, 1,
                                   std::numeric_limits<pid_t>::max());
    if (!pid) {
        return std::nullopt;
    }
    result.pid = static_cast<pid_t>(*pid);
    result.data_directory = lines[1];
    result.start_time =
        parse_integer(trim(lines[2]), 0, std::numeric_limits<long long>::max()).value_or(0);
    result.port = static_cast<int>(parse_integer(trim(lines[3]), 0, 65535).value_or(0));
    result.socket_directory = absolute_socket_directory(lines[4], result.data_directory);
    result.listen_address = lines[5];
    result.status = status_of(lines[7]);
    return result;
}

std::optional<PostmasterPid> read_postmaster_pid(const Filesystem& files,
                                                 const std::string& data_directory) {
    const auto text = files.read(data_directory + "/postmaster.pid", read_limit::kRecord);
    return text ? parse_postmaster_pid(*text) : std::nullopt;
}

}  // namespace citus_init::postgres
