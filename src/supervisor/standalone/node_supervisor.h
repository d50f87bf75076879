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
    bool reports(Child child) const override;
    [[nodiscard]] Result<Program> prepare(Child child, int report_end) override;
    void child_ended(Child child, process::ExitStatus status) override;
    void take_report(const status::Report& report) override;
    void peers_changed() override;
    void execute_effect(const Effect& effect) override;
    void describe(health::State& published) const override;

    // --- Children ---
    void postmaster_file_changed();
    [[nodiscard]] Status prepare_server();
    [[nodiscard]] Result<Fd> open_log(Child child);
    bool logs_everything() const;
    std::optional<RelayMode> relay_mode(bool bootstrap) const;
    void adopt_bootstrap_server();
    void bootstrap_failed(const Error& error);

    // --- Reports ---
    void take_node(const std::string& json);
    void take_place(const std::string& json);
    void take_unfit(const std::string& why);
    void take_own_connection(const std::string& failure);
    void take_traffic_answer(const std::string& why_not);
    void announce_if_open();
    // Writes our files anew and has the server read them.
    void reconfigure(const char* what);

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

    bool recovering_ = false;         // the control file said so before the server was started
    std::string waits_for_;           // as Closed::waits_for
    std::string own_connection_;      // why Citus cannot connect to its own node; "" = it can
    bool ready_unannounced_ = false;  // ready, but that was not reported yet
    bool opening_ = false;            // the server may not have read yet that clients are let in
    std::optional<Error> bootstrap_failure_;  // of an effect
};

}  // namespace citus_init::supervisor
