#include "agent/member/restore_turn.h"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/node_name.h"
#include "citus_init/postgres/restore_record.h"

namespace citus_init::agent {

using patroni::GroupKeys;
using patroni::RestoreClaim;

namespace {

constexpr std::chrono::seconds kPause{1};
constexpr int kCoordinatorGroup = 0;

bool has_file(const settings::Settings& settings, std::string_view name) {
    return RealFilesystem().exists(fmt::format("{}/{}", settings.postgres.data_directory, name));
}

RestoreFacts facts_of(const settings::Settings& settings) {
    RestoreFacts facts;
    facts.member = patroni::member_name(*settings.patroni, network::host_name());
    facts.is_wanted = settings.backup && !settings.backup->restore.point.empty();
    facts.has_cluster = has_file(settings, "global/pg_control");
    facts.has_begun = has_file(settings, postgres::kRestoreRecordName);
    return facts;
}

HostPort own_address(const settings::Settings& settings) {
    const auto& patroni = *settings.patroni;
    return patroni.connect_address.value_or(
        HostPort{node::connect_host(settings.citus), patroni.listen->port});
}

// "a1 (a1:5432)"
std::string name_of(const RestoreClaim& claim) {
    return fmt::format("{} ({})", claim.member, claim.address.text());
}

class Turn {
  public:
    Turn(const settings::Settings& settings, patroni::EtcdClient& etcd, Reporter& reporter)
        : settings_(settings), etcd_(etcd), reporter_(reporter), facts_(facts_of(settings)) {}

    // False: etcd is to be asked again.
    [[nodiscard]] Result<bool> pass() {
        const auto keys = patroni::read_group_keys(etcd_, patroni(), patroni().group);
        return keys ? take(restore_turn(*keys, facts_), *keys) : fail(keys.error());
    }

    bool has_waited() const { return !said_.empty(); }

  private:
    const settings::PatroniSettings& patroni() const { return *settings_.patroni; }

    [[nodiscard]] Result<bool> take(RestoreTurn turn, const GroupKeys& keys) {
        switch (turn) {
            case RestoreTurn::start:
                warn_of_no_restore(keys);
                return true;
            case RestoreTurn::claim:
                return claim();
            case RestoreTurn::restore:
                return restore();
            case RestoreTurn::release:
                return release(keys);
            case RestoreTurn::wait:
                wait_for(fmt::format("waiting for the member {}, which restores group {}. If that "
                                     "member is gone for good, remove the key {} from etcd",
                                     name_of(*keys.claim), patroni().group, key()),
                         keys.claim->point);
                return false;
            case RestoreTurn::refuse_member:
            case RestoreTurn::refuse_directory:
            case RestoreTurn::refuse_cluster:
                return refuse(turn, keys);
        }
        return true;
    }

    [[nodiscard]] Result<bool> claim() {
        const RestoreClaim claim{facts_.member, own_address(settings_),
                                 settings_.backup ? settings_.backup->restore.point : "",
                                 utc_now()};
        const auto made = patroni::make_restore_claim(etcd_, patroni(), claim);
        if (!made) {
            return fail(made.error());
        }
        if (*made) {
            log::info("this member restores group {} of \"{}\"", patroni().group, patroni().scope);
        }
        return false;
    }

    [[nodiscard]] Result<bool> release(const GroupKeys& keys) {
        const auto released = patroni::release_restore_claim(etcd_, patroni(), keys.claim_revision);
        return released ? Result<bool>(false) : fail(released.error());
    }

    [[nodiscard]] Result<bool> restore() {
        auto coordinator = std::optional(own_address(settings_));
        if (patroni().group != kCoordinatorGroup) {
            const auto keys = patroni::read_group_keys(etcd_, patroni(), kCoordinatorGroup);
            if (!keys) {
                return fail(keys.error());
            }
            const auto claimed = keys->claim ? std::optional(keys->claim->address) : std::nullopt;
            coordinator = keys->has_cluster && keys->leader ? keys->leader : claimed;
        }
        if (!coordinator) {
            wait_for("waiting for a member of group 0 that restores the coordinator or leads",
                     settings_.backup ? settings_.backup->restore.point : "");
            return false;
        }
        status::RestoreReport report;
        report.step = status::RestoreStep::claimed;
        report.coordinator = coordinator;
        reporter_.report(report);
        return true;
    }

    void wait_for(const std::string& what, const std::string& point) {
        if (std::exchange(said_, what) != what) {
            log::info("restore: {}", what);
        }
        status::RestoreReport report;
        report.detail = what;
        report.point = point;
        reporter_.report(report);
        std::this_thread::sleep_for(kPause);
    }

    void warn_of_no_restore(const GroupKeys& keys) const {
        if (facts_.is_wanted && !facts_.has_cluster && !keys.claim) {
            log::warning(
                "CITUS_RESTORE has no effect: group {} of \"{}\" has a cluster, of which this "
                "member becomes a replica. To restore the group, stop its members, empty their "
                "data directories, and remove its keys (`patronictl remove --group {} {}`), or "
                "choose another PATRONI_SCOPE",
                patroni().group, patroni().scope, patroni().group, patroni().scope);
        }
    }

    [[nodiscard]] Result<bool> refuse(RestoreTurn turn, const GroupKeys& keys) const {
        const std::string& path = settings_.postgres.data_directory;
        if (turn == RestoreTurn::refuse_cluster) {
            return fail(ExitCode::data_directory,
                        fmt::format("data directory \"{}\" holds a restore that is not complete, "
                                    "and group {} of \"{}\" has a cluster already. To become a "
                                    "replica of it, empty the directory",
                                    path, patroni().group, patroni().scope));
        }
        return fail(
            ExitCode::data_directory,
            fmt::format(
                "data directory \"{}\" holds {}, and the member {} restores group {}. "
                "Nothing was changed. Empty the directory, and this member becomes a "
                "replica; or, where that member is gone for good, remove the key {} from "
                "etcd",
                path,
                turn == RestoreTurn::refuse_member ? "a restore that is not complete" : "a cluster",
                name_of(*keys.claim), patroni().group, key()));
    }

    std::string key() const { return patroni::restore_claim_key(patroni(), patroni().group); }

    const settings::Settings& settings_;
    patroni::EtcdClient& etcd_;
    Reporter& reporter_;
    const RestoreFacts facts_;
    std::string said_;
};

}  // namespace

RestoreTurn restore_turn(const GroupKeys& keys, const RestoreFacts& facts) {
    const bool is_own = keys.claim && keys.claim->member == facts.member;
    const bool is_others = keys.claim && !is_own;
    if (facts.has_begun) {
        if (keys.has_cluster) {
            return RestoreTurn::refuse_cluster;
        }
        if (is_others) {
            return RestoreTurn::refuse_member;
        }
        return is_own ? RestoreTurn::restore : RestoreTurn::claim;
    }
    if (keys.has_cluster) {
        return RestoreTurn::start;
    }
    if (facts.has_cluster) {
        return is_others ? RestoreTurn::refuse_directory : RestoreTurn::start;
    }
    if (is_others) {
        return RestoreTurn::wait;
    }
    if (is_own) {
        return facts.is_wanted ? RestoreTurn::restore : RestoreTurn::release;
    }
    return facts.is_wanted ? RestoreTurn::claim : RestoreTurn::start;
}

Status await_restore_turn(const settings::Settings& settings, patroni::EtcdClient& etcd,
                          Reporter& reporter, const std::function<Status()>& await_etcd) {
    Turn turn(settings, etcd, reporter);
    for (;;) {
        const auto done = turn.pass();
        if (done && *done) {
            return {};
        }
        if (done) {
            continue;
        }
        if (done.error().code != ExitCode::unavailable || !turn.has_waited()) {
            return fail(done.error());
        }
        // A wait of hours does not end because etcd is restarted.
        log::warning("{}", done.error().message);
        std::this_thread::sleep_for(kPause);
        CITUS_INIT_TRY(await_etcd());
    }
}

Status refuse_restore_without_etcd(const settings::Settings& settings) {
    if (!has_file(settings, postgres::kRestoreRecordName)) {
        return {};
    }
    return fail(ExitCode::data_directory,
                fmt::format("data directory \"{}\" holds a restore that is not complete. Complete "
                            "it by a start without CITUS_HA",
                            settings.postgres.data_directory));
}

}  // namespace citus_init::agent
