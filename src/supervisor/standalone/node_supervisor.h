#pragma once

#include <memory>
#include <optional>
#include <string>

#include "citus_init/postgres/lifecycle.h"

#include "supervisor/standalone/kept_output.h"
#include "supervisor/standalone/postmaster_watch.h"
#include "supervisor/supervisor.h"

namespace citus_init::supervisor {

// PID 1 of a node with a server of its own: what postgres::lifecycle needs beside what every
// Supervisor does. The bootstrap, the server's status file, the configuration that says who is let
// in.
class NodeSupervisor : public Supervisor<postgres::lifecycle::Machine> {
  public:
    // `node` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<NodeSupervisor>> create(node::Node& node);

  private:
    explicit NodeSupervisor(node::Node& node);
    [[nodiscard]] Status set_up();

    void begin() override;
    void observe() override;
    bool reports(Child child) const override;
    [[nodiscard]] Result<Program> prepare(Child child, int report_end) override;
    void child_ended(Child child, process::ExitStatus status) override;
    void take_report(const status::Report& report) override;
    void peers_changed() override;
    void execute_effect(const Effect& effect) override;
    void describe(status::NodeStatus& published) const override;

    // --- Children ---
    void postmaster_file_changed();
    [[nodiscard]] Status prepare_server();
    [[nodiscard]] Result<Fd> open_log(Child child);
    bool logs_everything() const;
    bool logs_as_json() const;
    std::optional<RelayMode> relay_mode(bool bootstrap) const;
    void adopt_bootstrap_server();
    void bootstrap_failed(const Error& error);

    // --- Reports ---
    void take(const status::Alive& report);
    void take(const status::Prepared& report);
    void take(const status::NodeReport& report);
    void take(const status::UnfitReport& report);
    void take(const status::PlaceReport& report);
    void take(const status::WorkersReport& report);
    void take(const status::ReadinessReport& report);
    void take(const status::RecoveryReport& report);
    void take(const status::OwnConnectionReport& report);
    void take(const status::TrafficReport& report);
    void take(const status::ArchivingReport& report);
    void take(const status::RestoreReport& report);
    void take(const status::BackupReport& report);
    // Of a member that Patroni manages, or taken by Supervisor.
    template <typename Report>
    void take(const Report& /*report*/) {}
    void announce_if_ready();
    std::pair<status::Phase, status::Condition> phase() const;
    // The server, stopped, is to be started otherwise: as the record says from now on.
    void enter_restore_phase(const postgres::RestoreRecord& record, const std::string& why);
    void complete_restore();
    void restore_in_place(const status::RestoreReport& report);
    // Writes our files anew and has the server read them.
    void reconfigure(const char* what);
    void hang_up_server();

    // --- Effects ---
    using Supervisor::execute;
    void execute(const postgres::lifecycle::SendSignal& effect);
    void execute(const postgres::lifecycle::HoldTraffic& effect);
    void execute(const postgres::lifecycle::AdvanceBootstrap& effect);
    void execute(const postgres::lifecycle::CompleteBootstrap& effect);
    void execute(const postgres::lifecycle::DiscardBootstrap& effect);
    void execute(const postgres::lifecycle::ReloadSettings& effect);
    void execute(const postgres::lifecycle::AnnounceReady& effect);
    void execute(const postgres::lifecycle::Finish& effect);

    node::Node& node_;
    std::unique_ptr<PostmasterWatch> postmaster_watch_;
    KeptOutput initdb_output_;
    ServerLog script_log_;  // of the init scripts, beside that of their server

    bool recovering_ = false;      // the control file said so before the server was started
    status::Condition waits_for_;  // though the node was prepared
    std::optional<citus::RecoveryProgress> recovery_;   // as the agent reported it
    status::ReconcilePasses passes_;                    // the same
    std::optional<citus::PlaceState> place_;            // the same
    std::optional<status::ArchivingStatus> archiving_;  // the same
    std::optional<status::BackupStatus> backup_;        // the same
    status::Condition own_connection_;                  // why Citus cannot connect to its own node
    bool ready_unannounced_ = false;                    // ready, but that was not reported yet
    bool opening_ = false;      // the server may not have read yet that clients are let in
    pid_t stopped_server_ = 0;  // the postmaster, where a signal has stopped it
    std::optional<Error> bootstrap_failure_;  // of an effect
};

}  // namespace citus_init::supervisor
