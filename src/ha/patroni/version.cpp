#include "citus_init/ha/patroni/version.h"

#include <array>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::patroni {

namespace {

constexpr Version kFirstWithCitus{3, 0, 2};        // 3.0.0 and 3.0.1 leave workers with an old row
constexpr Version kFirstWithComparedKey{3, 0, 3};  // patroni#2693
constexpr Version kFirstSafe{3, 3, 0};
constexpr Version kFirstWithQuorum{4, 0, 0};

settings::Problem problem(std::string variable, std::string reason, std::string fix) {
    return {std::move(variable), "", std::move(reason), std::move(fix)};
}

void check_age(const Version& version, bool allow_old, std::vector<settings::Problem>& problems) {
    if (version < kFirstWithCitus) {
        problems.push_back(problem("Patroni",
                                   fmt::format("is version {}, and no version before {} keeps the "
                                               "nodes of a Citus cluster right",
                                               version.text(), kFirstWithCitus.text()),
                                   "Install Patroni 4, or 3.3 at least"));
    } else if (version < kFirstSafe && !allow_old) {
        problems.push_back(problem(
            "Patroni",
            fmt::format(
                "is version {}, which {}forgets synchronous replication when it is restarted "
                "over a running primary, so that a failover loses acknowledged writes, and "
                "can block all writes to a worker group for ever",
                version.text(),
                version < kFirstWithComparedKey
                    ? "takes the leader key from its holder when it goes on after a pause that "
                      "its lease did not outlive, and "
                    : ""),
            "Install Patroni 4, or 3.3 at least; or accept that with "
            "CITUS_ALLOW_OLD_PATRONI=true"));
    }
}

// Patroni 4 refuses less, and then runs with its defaults.
void check_times(const Version& version, const settings::PatroniSettings& settings,
                 std::vector<settings::Problem>& problems) {
    struct Least {
        const char* variable;
        std::chrono::seconds value;
        int least;
    };
    const std::array<Least, 3> all{{{"CITUS_PATRONI_TTL", settings.ttl, 20},
                                    {"CITUS_PATRONI_LOOP_WAIT", settings.loop_wait, 1},
                                    {"CITUS_PATRONI_RETRY_TIMEOUT", settings.retry_timeout, 3}}};
    for (const auto& [variable, value, least] : all) {
        if (!(version < kFirstWithQuorum) && value.count() < least) {
            problems.push_back(problem(variable,
                                       fmt::format("is {} s, and Patroni {} takes {} s at least",
                                                   value.count(), version.text(), least),
                                       fmt::format("Set it to {} s or more", least)));
        }
    }
}

}  // namespace

std::string Version::text() const {
    return fmt::format("{}.{}.{}", major, minor, patch);
}

bool Version::operator<(const Version& other) const {
    return std::tie(major, minor, patch) < std::tie(other.major, other.minor, other.patch);
}

std::optional<Version> parse_version(std::string_view output) {
    constexpr std::string_view kProgram = "patroni ";
    constexpr int kMost = 100'000;
    const std::string_view line = trim(output.substr(0, output.find('\n')));
    if (!line.starts_with(kProgram)) {
        return std::nullopt;
    }
    Version version;
    const std::array<int*, 3> targets{&version.major, &version.minor, &version.patch};
    const auto parts = split(trim(line.substr(kProgram.size())), '.');
    for (std::size_t i = 0; i < targets.size() && i < parts.size(); ++i) {
        // "4.1.0rc1"
        const std::string_view part = parts[i];
        const auto number =
            parse_integer(part.substr(0, part.find_first_not_of("0123456789")), 0, kMost);
        if (!number) {
            return std::nullopt;
        }
        *targets[i] = static_cast<int>(*number);
    }
    return parts.size() < 2 ? std::nullopt : std::optional(version);
}

std::vector<settings::Problem> check_version(const Version& version,
                                             const settings::PatroniSettings& settings) {
    std::vector<settings::Problem> problems;
    check_age(version, settings.allow_old_patroni, problems);
    if (settings.synchronous_mode == settings::SynchronousMode::quorum &&
        !has_quorum_mode(version)) {
        problems.push_back(
            problem("CITUS_SYNCHRONOUS_MODE",
                    fmt::format("is quorum, which Patroni {} does not have", version.text()),
                    "Set it to on, or install Patroni 4"));
    }
    check_times(version, settings, problems);
    return problems;
}

bool is_unsafe(const Version& version) {
    return version < kFirstSafe;
}

bool has_quorum_mode(const Version& version) {
    return !(version < kFirstWithQuorum);
}

}  // namespace citus_init::patroni
