#include "agent/place_watch.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "citus_init/base/filesystem.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"
#include "citus_init/postgres/node_marker.h"

#include "agent/coordinator_target.h"
#include "agent/own_state.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;

// While somebody waits for the node to become ready.
constexpr milliseconds kSoon{250};
constexpr milliseconds kGraceForStop{10'000};

status::Condition condition_of(const citus::PlaceAssessment& assessment) {
    status::Condition condition;
    if (assessment.reason.finding != citus::PlaceFinding::none) {
        condition.kind = status::ConditionKind::place_assessed;
        condition.place = assessment.reason;
    }
    return condition;
}

// By the files that the server has read; also where that cannot be found out.
bool shuts_clients_out(citus::Session& session) {
    const auto rows =
        session.query("SELECT pg_catalog.current_setting('citus_init.clients', true)");
    return !rows || rows->at(0, 0) == "shut out";
}

}  // namespace

PlaceWatch::PlaceWatch(const AgentContext& context, LocalSession& local, Reporter& reporter)
    : context_(context),
      local_(local),
      reporter_(reporter),
      other_was_seen_(context.settings.citus.role == settings::Role::coordinator &&
                      std::getenv(node::kPlaceRefusedVariable) != nullptr) {}

void PlaceWatch::no_member() {
    state_ = citus::PlaceState::confirmed;
    is_confirmed_ = context_.settings.citus.role == settings::Role::coordinator;
    report({citus::PlaceState::confirmed, false, std::nullopt, {}, is_applied_});
}

// "Open" is true for clients once the server has read our files.
void PlaceWatch::report(const status::PlaceReport& report) {
    const bool opens = !is_applied_ && is_open();
    const bool reopens = opens && was_closed();  // before PID 1 responds to the report
    reporter_.report(report);
    if (reopens) {
        wait_until_applied();
    }
    if (reopens && when_open_) {
        when_open_();
    }
    if (opens) {
        is_applied_ = true;
        auto applied = report;
        applied.is_applied = true;
        reporter_.report(applied);
    }
}

bool PlaceWatch::was_closed() {
    const auto session = local_.get();
    return !session || shuts_clients_out(**session);
}

// The postmaster reads both files before it takes its next connection.
void PlaceWatch::wait_until_applied() {
    constexpr milliseconds kLongest{2'000};
    constexpr milliseconds kPause{2};
    const auto end = Clock::now() + kLongest;
    for (;;) {
        const auto session = context_.connector->connect(context_.local_target());
        if ((session && !shuts_clients_out(**session)) || Clock::now() >= end) {
            return;
        }
        std::this_thread::sleep_for(kPause);
    }
}

milliseconds PlaceWatch::pass() {
    const auto session = local_.get();
    if (!session) {
        return kSoon;
    }
    const auto assessment = assess(**session);
    if (!assessment) {
        local_.drop();
        return kSoon;
    }
    state_ = assessment->state;
    is_confirmed_ = state_ == citus::PlaceState::confirmed;
    is_confirmed_ = is_confirmed_ && is_member_;
    report({state_, is_member_, address_, assessment->condition, is_applied_});
    const auto interval = context_.settings.citus.reconcile_interval;
    const bool soon = state_ == citus::PlaceState::waiting && waited() < kGraceForStop;
    return soon ? std::min<milliseconds>(kSoon, interval) : interval;
}

citus::SqlResult<PlaceWatch::Assessment> PlaceWatch::assess(citus::Session& own) {
    return context_.settings.citus.role == settings::Role::worker ? assess_worker(own)
                                                                  : assess_coordinator(own);
}

citus::SqlResult<PlaceWatch::Assessment> PlaceWatch::assess_worker(citus::Session& own) {
    auto run = citus::read_server_run(own);
    if (!run) {
        return tl::unexpected(run.error());
    }
    const auto place = citus::read_own_place(own);
    if (!place) {
        return tl::unexpected(place.error());
    }
    citus::OwnMember member;
    member.run = *std::move(run);
    member.group_id = place->group_id;
    member.registered = place->registered;
    member.announced = {own_host(),
                        context_.settings.citus.node_port.value_or(context_.server.port)};
    member.is_copied_directory = is_copied_directory();
    member.may_serve_unconfirmed = context_.settings.citus.serve_unconfirmed;
    member.waited = waited();
    address_ = member.registered;
    is_member_ = member.group_id != 0;
    if (!is_member_) {
        return Assessment{citus::PlaceState::confirmed};
    }
    const auto coordinator = connect_to_coordinator(context_, coordinator_target(context_, own));
    const auto known =
        coordinator
            ? citus::ask_member_at(**coordinator, member.group_id, member.run)
            : citus::SqlResult<citus::RegisteredMember>(tl::unexpected(coordinator.error()));
    const auto assessment = citus::assess_worker(member, coordinator_of(context_), known);
    if (coordinator && assessment.state == citus::PlaceState::confirmed) {
        return assess_recorded(own, **coordinator, *place, member.announced);
    }
    return Assessment{assessment.state, condition_of(assessment)};
}

// It is the member, but with older data (ADR 46): the coordinator has found that out before this
// server was started, or has seen it further on (a restore without its last WAL, a volume that was
// put back).
citus::SqlResult<PlaceWatch::Assessment> PlaceWatch::assess_recorded(citus::Session& own,
                                                                     citus::Session& coordinator,
                                                                     const citus::OwnPlace& place,
                                                                     const HostPort& announced) {
    const HostPort address = place.registered.value_or(announced);
    auto recorded = citus::ask_own_state(coordinator, address, place.identity);
    const auto facts = recorded
                           ? citus::read_server_facts(own)
                           : citus::SqlResult<citus::ServerFacts>(tl::unexpected(recorded.error()));
    if (!facts) {
        return tl::unexpected(facts.error());
    }
    if (*recorded) {
        citus::note_older_data(**recorded, *facts);
    }
    const auto unfit = own_state(place, address, coordinator_of(context_), *recorded).unfit;
    return is_none(unfit) ? Assessment{citus::PlaceState::confirmed}
                          : Assessment{citus::PlaceState::refused, unfit};
}

citus::SqlResult<PlaceWatch::Assessment> PlaceWatch::assess_coordinator(citus::Session& own) {
    const auto settings = context_.reconciler_settings();
    auto target = settings.worker_target;
    if (const auto conninfo = citus::read_node_conninfo(own)) {
        target.options = *conninfo;
    }
    const auto views = citus::find_leaders(own, *context_.connector, target);
    if (!views) {
        return tl::unexpected(views.error());
    }
    address_ = views->own ? std::optional(views->own->leader) : std::nullopt;
    const auto assessment =
        citus::assess_coordinator({settings.coordinator, context_.settings.citus.serve_unconfirmed,
                                   other_was_seen_, waited()},
                                  *views);
    other_was_seen_ = other_was_seen_ || assessment.state == citus::PlaceState::refused;
    return Assessment{assessment.state, condition_of(assessment)};
}

// As the Announcer has it.
const std::string& PlaceWatch::own_host() {
    if (host_.empty()) {
        host_ = node::announced_host(context_.settings.citus);
    }
    return host_;
}

milliseconds PlaceWatch::waited() const {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start_);
}

bool PlaceWatch::is_copied_directory() const {
    const std::string& path = context_.settings.postgres.data_directory;
    const auto marker = postgres::read_node_marker(RealFilesystem(), path);
    return marker && *marker && postgres::is_copied_directory(**marker, path);
}

}  // namespace citus_init::agent
