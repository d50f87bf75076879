#include "agent/received_wal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/wal_segment.h"

namespace citus_init::agent {

namespace {

constexpr std::size_t kTimelineDigits = 8;
constexpr std::string_view kDone = ".done";

bool is_history(std::string_view name) {
    return name.find_first_not_of("0123456789ABCDEF") == kTimelineDigits &&
           name.substr(kTimelineDigits) == ".history";
}

// As XLogArchiveNotify() of PostgreSQL. A new file: its age is how long it has waited.
Status mark_ready(const std::string& mark) {
    constexpr mode_t kOwnerOnly = 0600;
    const Fd made(
        ::open((mark + ".ready").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
    if (!made) {
        return fail(errno_error(fmt::format("cannot create \"{}.ready\"", mark), errno));
    }
    ::unlink((mark + std::string(kDone)).c_str());
    return {};
}

}  // namespace

std::vector<std::string> received_wal(const std::vector<std::string>& wal,
                                      const std::vector<std::string>& status) {
    std::uint32_t newest = 0;
    for (const auto& name : wal) {
        if (const auto segment = parse_wal_segment(name)) {
            newest = std::max(newest, segment->timeline);
        }
    }
    const std::set<std::string> there(wal.begin(), wal.end());
    std::vector<std::string> received;
    for (const auto& mark : status) {
        if (!mark.ends_with(kDone)) {
            continue;
        }
        std::string name = mark.substr(0, mark.size() - kDone.size());
        const auto segment = parse_wal_segment(name);
        const bool is_earlier = segment && segment->timeline < newest;
        if ((is_earlier || is_history(name)) && there.contains(name)) {
            received.push_back(std::move(name));
        }
    }
    return received;
}

Result<std::size_t> archive_received_wal(const std::string& data_directory) {
    const RealFilesystem files;
    const std::string wal_directory = data_directory + "/pg_wal";
    const auto wal = files.list(wal_directory);
    const auto status = files.list(wal_directory + "/archive_status");
    if (!wal || !status) {
        return fail(wal ? status.error() : wal.error());
    }
    const auto received = received_wal(*wal, *status);
    for (const auto& name : received) {
        CITUS_INIT_TRY(mark_ready(fmt::format("{}/archive_status/{}", wal_directory, name)));
    }
    return received.size();
}

}  // namespace citus_init::agent
