#include "agent/member/restore_turn.h"

#include <chrono>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/ha/patroni/stored_group.h"
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
    facts.point = settings.backup ? settings.backup->restore.point : "";
    facts.is_wanted = !facts.point.empty();
    facts.may_lead = may_lead(settings.patroni->extra);
    facts.has_cluster = has_file(settings, "global/pg_control");
    const auto record =
        postgres::read_restore_record(RealFilesystem(), settings.postgres.data_directory);
    facts.has_begun = !record || *record;  // what cannot be read is reported by the restore
    if (record && *record) {
        facts.is_of_group = (*record)->group == settings.patroni->group;
        facts.is_restored = (*record)->phase == postgres::RestorePhase::restored;
        facts.point = (*record)->point;
    }
    return facts;
}

HostPort own_address(const settings::Settings& settings) {
    return patroni::server_address(*settings.patroni, node::connect_host(settings.citus));
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
            case RestoreTurn::hand_over:
                return hand_over();
            case RestoreTurn::wait_for_member:
            case RestoreTurn::wait_for_leader:
            case RestoreTurn::wait_for_keys:
                wait_for(reason_to_wait(turn, keys));
                return false;
            case RestoreTurn::refuse_tag:
            case RestoreTurn::refuse_empty:
                return fail(ExitCode::config, reason_to_refuse(turn, keys));
            case RestoreTurn::refuse_group:
                return fail(ExitCode::identity, reason_to_refuse(turn, keys));
            case RestoreTurn::refuse_member:
            case RestoreTurn::refuse_directory:
            case RestoreTurn::refuse_cluster:
                return fail(ExitCode::data_directory, reason_to_refuse(turn, keys));
        }
        return true;
    }

    [[nodiscard]] Result<bool> claim() {
        const RestoreClaim claim{facts_.member, own_address(settings_), facts_.point, utc_now()};
        const auto made = patroni::make_restore_claim(etcd_, patroni(), claim);
        if (!made) {
            return fail(made.error());
        }
        if (*made) {
            log::info("this member restores group {} of \"{}\"", patroni().group, patroni().scope);
        } else {
            std::this_thread::sleep_for(kPause);  // another member was first
        }
        return false;
    }

    [[nodiscard]] Result<bool> hand_over() const {
        const Status removed = postgres::remove_restore_record(settings_.postgres.data_directory);
        return removed ? Result<bool>(true) : fail(removed.error());
    }

    [[nodiscard]] Result<bool> restore() {
        auto coordinator = std::optional(own_address(settings_));
        if (patroni().group != kCoordinatorGroup) {
            const auto keys = patroni::read_group_keys(etcd_, patroni(), kCoordinatorGroup);
            if (!keys) {
                return fail(keys.error());
            }
            const auto claimed = keys->claim ? std::optional(keys->claim->address) : std::nullopt;
            coordinator = keys->has_cluster ? keys->leader : claimed;
        }
        if (!coordinator) {
            wait_for("waiting for a member of group 0 that restores the coordinator or leads");
            return false;
        }
        status::RestoreReport report;
        report.step = status::RestoreStep::claimed;
        report.coordinator = coordinator;
        reporter_.report(report);
        return true;
    }

    void wait_for(const std::string& what) {
        if (std::exchange(said_, what) != what) {
            log::info("restore: {}", what);
        }
        status::RestoreReport report;
        report.detail = what;
        report.point = facts_.point.empty() ? "of another member" : facts_.point;
        reporter_.report(report);
        std::this_thread::sleep_for(kPause);
    }

    void warn_of_no_restore(const GroupKeys& keys) const {
        // Who has waited for the restore of another member sees `initialize` before `leader`.
        const bool is_restored_by_another = keys.claim && (keys.leader || !said_.empty());
        if (facts_.is_wanted && !facts_.has_cluster && !is_restored_by_another) {
            log::warning(
                "CITUS_RESTORE has no effect: group {} of \"{}\" has a cluster, of which this "
                "member becomes a replica. If that cluster is lost, stop the members of the group, "
                "empty their data directories, and remove the keys below {} from etcd; or choose "
                "another PATRONI_SCOPE",
                patroni().group, patroni().scope, prefix());
        }
    }

    std::string reason_to_wait(RestoreTurn turn, const GroupKeys& keys) const {
        if (turn == RestoreTurn::wait_for_member) {
            return fmt::format(
                "waiting for the member {}, which restores group {}. If that member "
                "is gone for good, remove the key {} from etcd",
                name_of(*keys.claim), patroni().group, key());
        }
        if (turn == RestoreTurn::wait_for_leader) {
            return fmt::format(
                "waiting for another member of group {} to restore it: the tags of "
                "this one (nofailover, or failover_priority 0) keep it from leading",
                patroni().group);
        }
        return fmt::format(
            "waiting for the keys of the cluster that group {} had to be removed "
            "from etcd: etcdctl del --prefix {}",
            patroni().group, prefix());
    }

    std::string reason_to_refuse(RestoreTurn turn, const GroupKeys& keys) const {
        const std::string& path = settings_.postgres.data_directory;
        const int group = patroni().group;
        if (turn == RestoreTurn::refuse_tag) {
            return fmt::format(
                "this member restores group {}, and its tags (nofailover, or "
                "failover_priority 0) keep it from leading. Remove the tag; or "
                "empty \"{}\" and remove the key {} from etcd, and another member "
                "restores the group",
                group, path, key());
        }
        if (turn == RestoreTurn::refuse_empty) {
            return fmt::format(
                "this member was to restore group {}, and CITUS_RESTORE is not set "
                "any more. Set it again; or, for a new and empty cluster, remove the "
                "key {} from etcd",
                group, key());
        }
        if (turn == RestoreTurn::refuse_group) {
            return fmt::format(
                "data directory \"{}\" holds the restore of another group than {}. "
                "Give this member its own volume, or set PATRONI_CITUS_GROUP to what "
                "it is of",
                path, group);
        }
        if (turn == RestoreTurn::refuse_cluster) {
            return fmt::format(
                "data directory \"{}\" holds a restore, and group {} of \"{}\" has "
                "a cluster meanwhile. Nothing was changed. If that cluster is the "
                "right one, empty the directory, and this member becomes its "
                "replica; if it is not, stop its members, empty their data "
                "directories, and remove the keys below {} from etcd",
                path, group, patroni().scope, prefix());
        }
        const char* what =
            turn == RestoreTurn::refuse_member ? "a restore that is not handed over" : "a cluster";
        return fmt::format(
            "data directory \"{}\" holds {}, and the member {} restores group {}. "
            "Nothing was changed. If this directory is the one to keep, stop that "
            "member, and remove the key {} from etcd; else empty it, and this member "
            "becomes a replica",
            path, what, name_of(*keys.claim), group, key());
    }

    std::string key() const { return patroni::restore_claim_key(patroni(), patroni().group); }
    std::string prefix() const { return patroni::group_prefix(patroni(), patroni().group); }

    const settings::Settings& settings_;
    patroni::EtcdClient& etcd_;
    Reporter& reporter_;
    const RestoreFacts facts_;
    std::string said_;
};

}  // namespace

bool may_lead(const settings::YamlValue& user_part) {
    using Kind = settings::YamlValue::Kind;
    const auto* tags = user_part.find("tags");
    const auto tag = [&](const char* name) {
        const auto* found = tags == nullptr ? nullptr : tags->find(name);
        return found != nullptr && found->kind != Kind::null ? found : nullptr;
    };
    if (const auto* nofailover = tag("nofailover")) {
        const std::string text = to_lower(nofailover->text);
        const bool is_false =
            nofailover->kind == Kind::plain && (text == "false" || text == "no" || text == "0");
        return is_false || text.empty();
    }
    const auto* priority = tag("failover_priority");
    return priority == nullptr ||
           !parse_integer(priority->text, std::numeric_limits<int>::min(), 0).has_value();
}

namespace {

// Nobody has a claim.
RestoreTurn first_turn(const GroupKeys& keys, const RestoreFacts& facts) {
    if (!facts.may_lead) {
        return RestoreTurn::wait_for_leader;
    }
    return keys.has_remains ? RestoreTurn::wait_for_keys : RestoreTurn::claim;
}

RestoreTurn turn_of_begun(const GroupKeys& keys, const RestoreFacts& facts) {
    if (!facts.is_of_group) {
        return RestoreTurn::refuse_group;
    }
    if (keys.has_cluster) {
        return RestoreTurn::refuse_cluster;
    }
    if (keys.claim && keys.claim->member != facts.member) {
        return RestoreTurn::refuse_member;
    }
    if (!facts.may_lead) {
        return RestoreTurn::refuse_tag;
    }
    if (!keys.claim) {
        return first_turn(keys, facts);
    }
    return facts.is_restored ? RestoreTurn::hand_over : RestoreTurn::restore;
}

}  // namespace

RestoreTurn restore_turn(const GroupKeys& keys, const RestoreFacts& facts) {
    if (facts.has_begun) {
        return turn_of_begun(keys, facts);
    }
    if (keys.has_cluster) {
        return RestoreTurn::start;
    }
    const bool is_others = keys.claim && keys.claim->member != facts.member;
    if (facts.has_cluster) {
        return is_others ? RestoreTurn::refuse_directory : RestoreTurn::start;
    }
    if (is_others) {
        return RestoreTurn::wait_for_member;
    }
    if (!facts.is_wanted) {
        return keys.claim ? RestoreTurn::refuse_empty : RestoreTurn::start;
    }
    if (!keys.claim) {
        return first_turn(keys, facts);
    }
    return facts.may_lead ? RestoreTurn::restore : RestoreTurn::refuse_tag;
}

Status await_restore_turn(const settings::Settings& settings, patroni::EtcdClient& etcd,
                          Reporter& reporter, const std::function<Status()>& await_etcd) {
    using Clock = std::chrono::steady_clock;
    Turn turn(settings, etcd, reporter);
    std::optional<Clock::time_point> failing_since;
    for (;;) {
        const auto done = turn.pass();
        if (done && *done) {
            return {};
        }
        if (done) {
            failing_since.reset();
            continue;
        }
        const auto now = Clock::now();
        if (!failing_since) {
            failing_since = now;
            log::warning("{}", done.error().message);
        }
        if (done.error().code != ExitCode::unavailable ||
            now - *failing_since >= settings.patroni->dcs_wait_timeout) {
            return fail(done.error());
        }
        // A wait of hours does not end because etcd is restarted.
        std::this_thread::sleep_for(kPause);
        CITUS_INIT_TRY(await_etcd());
    }
}

Status refuse_restore_without_etcd(const settings::Settings& settings) {
    if (!has_file(settings, postgres::kRestoreRecordName)) {
        return {};
    }
    return fail(ExitCode::data_directory,
                fmt::format("data directory \"{}\" holds a restore that is not handed over to "
                            "Patroni. Complete it by a start without CITUS_HA",
                            settings.postgres.data_directory));
}

}  // namespace citus_init::agent
