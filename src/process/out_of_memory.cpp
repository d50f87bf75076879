#include "citus_init/process/out_of_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "citus_init/base/fd.h"

namespace citus_init::process {

namespace {

constexpr const char* kScoreFile = "/proc/self/oom_score_adj";
constexpr int kProtected = -900;
constexpr int kHandicap = 200;
constexpr int kHighest = 1000;  // OOM_SCORE_ADJ_MAX

std::optional<int> read_integer(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text(32, '\0');
    const ssize_t count = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    int value = 0;
    if (count <= 0 || std::from_chars(text.data(), text.data() + count, value).ec != std::errc()) {
        return std::nullopt;
    }
    return value;
}

bool set_own_score(int score) {
    const Fd fd(::open(kScoreFile, O_WRONLY | O_CLOEXEC));
    const std::string text = std::to_string(score);
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::vector<std::string> OutOfMemoryScores::postmaster_environment() const {
    return {fmt::format("PG_OOM_ADJUST_FILE={}", kScoreFile),
            fmt::format("PG_OOM_ADJUST_VALUE={}", backends)};
}

std::optional<OutOfMemoryScores> adjust_out_of_memory_score() {
    const auto given = read_integer(kScoreFile);
    if (!given) {
        return std::nullopt;
    }
    if (*given > kProtected && set_own_score(kProtected)) {
        return OutOfMemoryScores{kProtected, *given};
    }
    return OutOfMemoryScores{*given, std::min(*given + kHandicap, kHighest)};
}

bool killed_as_a_group(const std::string& cgroup_directory) {
    return read_integer(cgroup_directory + "/memory.oom.group") == 1;
}

}  // namespace citus_init::process
