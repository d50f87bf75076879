#include "settings/mesh_value.h"
#include "settings/patroni_declaration.h"
#include "settings/patroni_value.h"

namespace citus_init::settings {

namespace {

using Apply = Parsed<void> (*)(Draft& draft, const Sourced& value);

constexpr int kLongestSeconds = 86'400;

const Choices<SynchronousMode>& synchronous_modes() {
    static const Choices<SynchronousMode> choices{{"on", SynchronousMode::on},
                                                  {"quorum", SynchronousMode::quorum},
                                                  {"strict", SynchronousMode::strict},
                                                  {"off", SynchronousMode::off}};
    return choices;
}

const Choices<DcsReconciliation>& reconciliations() {
    static const Choices<DcsReconciliation> choices{{"off", DcsReconciliation::off},
                                                    {"warn", DcsReconciliation::warn},
                                                    {"apply", DcsReconciliation::apply}};
    return choices;
}

template <std::chrono::seconds PatroniSettings::*field, int least>
Parsed<void> put_seconds(Draft& draft, const Sourced& value) {
    return put(patroni(draft).*field, parse_seconds(value.text, least, kLongestSeconds));
}

std::vector<Declaration> failover_declarations() {
    return {
        declared_for_patroni("CITUS_PATRONI_TTL", ValueType::duration, "`20s`",
                             "How long a leader that is not heard of stays the leader. At least "
                             "`CITUS_PATRONI_LOOP_WAIT` and twice `CITUS_PATRONI_RETRY_TIMEOUT`",
                             put_seconds<&PatroniSettings::ttl, 5>),
        declared_for_patroni("CITUS_PATRONI_LOOP_WAIT", ValueType::duration, "`5s`",
                             "How often Patroni's loop runs",
                             put_seconds<&PatroniSettings::loop_wait, 1>),
        declared_for_patroni("CITUS_PATRONI_RETRY_TIMEOUT", ValueType::duration, "`5s`",
                             "How long it tries to reach the configuration store and the server",
                             put_seconds<&PatroniSettings::retry_timeout, 1>),
        declared_for_patroni(
            "CITUS_SYNCHRONOUS_MODE", ValueType::choice, "quorum with Patroni 4, on with Patroni 3",
            "Whether a commit waits for a replica: `on`, while there is one; `strict`, always; "
            "`quorum`, for any of several (Patroni 4); `off`, never, and a failover loses "
            "transactions",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).synchronous_mode,
                           parse_choice(value.text, synchronous_modes()));
            },
            names_of(synchronous_modes())),
        declared_for_patroni(
            "CITUS_FAILSAFE_MODE", ValueType::boolean, "`true`",
            "A leader that loses the configuration store stays while all members answer it",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).failsafe_mode, parse_boolean(value.text));
            }),
        declared_for_patroni(
            "CITUS_RECONCILE_DCS_CONFIG", ValueType::choice, "`warn`",
            "What the leader does where the configuration store, which takes these settings "
            "at a group's first start only, holds other values",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).reconciliation,
                           parse_choice(value.text, reconciliations()));
            },
            names_of(reconciliations())),
    };
}

std::vector<Declaration> group_declarations() {
    return {
        declared_for_patroni(
            "CITUS_ALLOWED_CIDR", ValueType::text,
            "the node's own networks (`samenet` of pg_hba.conf)",
            "`address/bits,...`: networks that clients, and without certificates nodes, "
            "connect from",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).allowed_networks, parse_networks(value.text));
            }),
        declared_for_patroni(
            "CITUS_EXPECTED_WORKER_GROUPS", ValueType::whole_number, "`0`",
            "On the coordinator: ready means that the groups 1 to this one are there",
            [](Draft& draft, const Sourced& value) {
                constexpr int kMost = 10'000;
                return put(patroni(draft).expected_worker_groups,
                           parse_whole_number(value.text, 0, kMost));
            }),
        declared_for_patroni("CITUS_DCS_WAIT_TIMEOUT", ValueType::duration, "`300s`",
                             "How long a start waits for the configuration store",
                             [](Draft& draft, const Sourced& value) {
                                 return put(patroni(draft).dcs_wait_timeout,
                                            parse_duration(value.text, std::chrono::milliseconds(0),
                                                           std::chrono::hours(24)));
                             }),
        declared_for_patroni(
            "CITUS_ALLOW_OLD_PATRONI", ValueType::boolean, "`false`",
            "Take a Patroni below 3.3 (not below 3.0.2), which can lose acknowledged writes "
            "or block a group's writes for ever",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).allow_old_patroni, parse_boolean(value.text));
            }),
        declared_for_patroni(
            "CITUS_PATRONI_DIR", ValueType::path, "`/run/citus-init`",
            "Where patroni.yml, the node's certificate and the password file are written; in "
            "memory, if possible, and never in the data directory",
            [](Draft& draft, const Sourced& value) {
                return put(patroni(draft).directory, parse_absolute_path(value.text));
            }),
    };
}

}  // namespace

std::vector<Declaration> high_availability_declarations() {
    return concatenated({failover_declarations(), group_declarations()});
}

}  // namespace citus_init::settings
