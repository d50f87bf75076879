#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/backup/host_request.h"
#include "citus_init/backup/runner.h"
#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

// The runner of a node that has a repository host (runner_of.h).
class HostRunner final : public Runner {
  public:
    HostRunner(std::unique_ptr<Runner> local, settings::BackupSettings settings,
               std::string configuration, std::function<std::string()> node_host);

    [[nodiscard]] Result<Run> run(const Command& command, std::chrono::milliseconds deadline,
                                  const std::stop_token& stop) override;

  private:
    struct Exchange;
    static constexpr std::chrono::milliseconds kLongestTransfer{30'000};

    // None: this command runs here.
    [[nodiscard]] Result<std::optional<HostRequest>> request_for(const Command& command) const;
    [[nodiscard]] Result<HostRequest> backup_request(const Command& command) const;
    [[nodiscard]] Result<Run> follow(Exchange& exchange);
    // What a file of the exchange is written or read by.
    [[nodiscard]] Result<Run> put(const RequestFile& file, const std::string& content,
                                  const std::stop_token& stop,
                                  std::chrono::milliseconds longest = kLongestTransfer);
    [[nodiscard]] Result<Run> get(const RequestFile& file, const std::stop_token& stop,
                                  std::chrono::milliseconds longest);
    // The next answer, if there is one; an error ends the exchange.
    [[nodiscard]] Result<std::optional<HostAnswer>> next_answer(
        Exchange& exchange, const std::stop_token& stop,
        std::chrono::milliseconds longest = kLongestTransfer);
    // The host ends a run whose node gives no sign of life for 30 s.
    void keep_alive(Exchange& exchange);
    void cancel(Exchange& exchange);

    std::unique_ptr<Runner> local_;
    settings::BackupSettings settings_;
    std::string configuration_;
    std::function<std::string()> node_host_;
};

}  // namespace citus_init::backup
