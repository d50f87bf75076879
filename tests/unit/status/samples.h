#pragma once

#include <string>
#include <vector>

#include <rapidcheck.h>

#include "citus_init/status/report.h"

// Any reports, for properties. Texts are ASCII, control characters included.

namespace citus_init::status {

inline std::string any_text() {
    constexpr int kLongest = 4;
    return *rc::gen::resize(kLongest,
                            rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)));
}

inline HostPort any_address() {
    return {any_text(), *rc::gen::arbitrary<std::uint16_t>()};
}

inline std::optional<HostPort> any_optional_address() {
    return *rc::gen::arbitrary<bool>() ? std::optional(any_address()) : std::nullopt;
}

inline citus::PlaceReason any_place_reason() {
    citus::PlaceReason reason;
    reason.finding = static_cast<citus::PlaceFinding>(
        *rc::gen::inRange(0, static_cast<int>(citus::PlaceFinding::original_silent) + 1));
    reason.caveat = static_cast<citus::PlaceCaveat>(
        *rc::gen::inRange(0, static_cast<int>(citus::PlaceCaveat::copied_directory) + 1));
    reason.group_id = *rc::gen::inRange(0, 1000);
    reason.coordinator = any_address();
    reason.address = any_address();
    reason.asked_at = any_address();
    reason.announced = any_address();
    reason.registered = any_optional_address();
    reason.sqlstate = any_text();
    reason.error = any_text();
    return reason;
}

inline Condition any_condition(int depth = 0) {
    Condition condition;
    condition.kind = static_cast<ConditionKind>(
        *rc::gen::inRange(1, static_cast<int>(ConditionKind::rebalance_pending) + 1));
    condition.name = any_text();
    condition.state = any_text();
    condition.detail = any_text();
    condition.sqlstate = any_text();
    condition.address = any_optional_address();
    condition.registered = any_optional_address();
    if (*rc::gen::arbitrary<bool>()) {
        condition.number = *rc::gen::arbitrary<std::int64_t>();
    }
    condition.with_certificates = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) {
        condition.place = any_place_reason();
    }
    for (int i = *rc::gen::inRange(0, 3); depth < 2 && i > 0; --i) {
        condition.causes.push_back(any_condition(depth + 1));
    }
    return condition;
}

inline citus::WorkersSummary any_workers() {
    citus::WorkersSummary workers;
    workers.desired = *rc::gen::inRange(0, 1000);
    workers.registered = *rc::gen::inRange(0, 1000);
    workers.active = *rc::gen::inRange(0, 1000);
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
        workers.findings.push_back({any_address(), any_text(), any_text(), any_text()});
    }
    workers.more_findings = *rc::gen::inRange(0, 1000);
    workers.stopped = any_text();
    workers.observing = any_text();
    return workers;
}

inline GroupStatus any_group() {
    GroupStatus group;
    group.role =
        static_cast<GroupRole>(*rc::gen::inRange(0, static_cast<int>(GroupRole::other) + 1));
    group.group = *rc::gen::inRange(0, 1000);
    group.paused = *rc::gen::arbitrary<bool>();
    group.state = any_text();
    if (*rc::gen::arbitrary<bool>()) {
        group.replicas = *rc::gen::inRange(0, 100);
        group.lag = *rc::gen::arbitrary<std::int64_t>();
        group.synchronous = {any_text(), any_text()};
    }
    group.leader = any_text();
    group.is_synchronous = *rc::gen::arbitrary<bool>();
    return group;
}

inline Membership any_membership() {
    Membership membership;
    membership.joined = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) {
        membership.condition = any_condition();
        membership.workers = any_workers();
    }
    if (*rc::gen::arbitrary<bool>()) {
        membership.group = any_group();
        membership.notes = {any_condition(), any_condition()};
    }
    return membership;
}

inline std::optional<citus::RecoveryProgress> any_recovery() {
    return *rc::gen::arbitrary<bool>() ? std::optional(citus::RecoveryProgress{
                                             any_text(), any_text(), *rc::gen::arbitrary<bool>()})
                                       : std::nullopt;
}

inline citus::PlaceState any_place_state() {
    return *rc::gen::element(citus::PlaceState::waiting, citus::PlaceState::provisional,
                             citus::PlaceState::confirmed, citus::PlaceState::refused);
}

inline std::optional<BackupStatus> any_backup() {
    if (*rc::gen::arbitrary<bool>()) {
        return std::nullopt;
    }
    const auto any_time = [] {
        return *rc::gen::arbitrary<bool>()
                   ? std::optional<std::int64_t>(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000))
                   : std::nullopt;
    };
    return BackupStatus{any_condition(), any_text(), any_time(),
                        any_time(),      any_time(), any_time()};
}

inline std::optional<LeaseStatus> any_lease() {
    return *rc::gen::arbitrary<bool>()
               ? std::optional(LeaseStatus{*rc::gen::arbitrary<std::int64_t>(),
                                           *rc::gen::inRange<std::int64_t>(0, 1000)})
               : std::nullopt;
}

inline std::optional<ArchivingStatus> any_archiving() {
    if (*rc::gen::arbitrary<bool>()) {
        return std::nullopt;
    }
    const bool is_known = *rc::gen::arbitrary<bool>();
    return ArchivingStatus{
        any_text(),
        any_condition(),
        any_text(),
        *rc::gen::inRange<std::int64_t>(0, 1'000'000),
        *rc::gen::inRange<std::int64_t>(0, 1'000'000'000),
        is_known ? std::optional<std::int64_t>(*rc::gen::inRange(0, 1'000'000)) : std::nullopt};
}

// One of each kind.
inline std::vector<Report> any_reports() {
    const bool flag = *rc::gen::arbitrary<bool>();
    ha::Pulse pulse{ha::Answer::stuck, ha::MemberRole::replica, any_text(), flag};
    pulse.store_age = std::chrono::seconds(*rc::gen::inRange(0, 1000));
    return {Alive{{*rc::gen::arbitrary<std::int64_t>(), *rc::gen::arbitrary<std::int64_t>()}},
            Prepared(),
            NodeReport{any_text(), any_text(), any_text(), any_text(), any_text(), flag},
            any_membership(),
            UnfitReport{any_condition()},
            PlaceReport{any_place_state(), flag, any_optional_address(), any_condition(), !flag},
            PeersReport{{any_text(), any_text()}},
            WorkersReport{*rc::gen::inRange(0, 1000), *rc::gen::inRange(0, 1000)},
            ReadinessReport{any_condition()},
            RecoveryReport{any_recovery()},
            OwnConnectionReport{any_condition()},
            HandoverReport{any_condition()},
            TrafficReport{flag, any_text()},
            CertificateReport{*rc::gen::arbitrary<std::int64_t>(), *rc::gen::arbitrary<bool>()},
            ArchivingReport{flag ? std::optional(*rc::gen::inRange(0, 1000)) : std::nullopt,
                            any_text(), any_archiving()},
            RestoreReport{flag ? RestoreStep::ordered : RestoreStep::end_of_wal, any_text(),
                          any_text(), *rc::gen::inRange(0, 1000), any_optional_address()},
            BackupReport{any_backup()},
            Warning{any_text()},
            Fatal{*rc::gen::inRange(0, 256), any_text()},
            pulse,
            ha::Lease{std::chrono::seconds(*rc::gen::inRange(0, 1000))}};
}

}  // namespace citus_init::status
