#pragma once

#include <functional>
#include <string>
#include <vector>

#include "citus_init/ha/patroni/dcs_configuration.h"
#include "citus_init/settings/patroni_settings.h"

#include "ha/patroni/client/rest_client.h"

namespace citus_init::patroni {

// That the configuration store holds what the settings of a group's leader say. For one thread.
class DcsReconciler {
  public:
    // Both outlive it.
    DcsReconciler(RestClient& rest, const settings::PatroniSettings& settings)
        : rest_(rest), settings_(settings) {}

    // Compares the store with the rendered file, and reports or applies what differs, each
    // difference once. Blocks for up to two requests to the own Patroni.
    void pass(const std::function<void(const std::string&)>& warning);

  private:
    void report_or_apply(const std::vector<DcsDifference>& differences,
                         const std::function<void(const std::string&)>& warning);

    RestClient& rest_;
    const settings::PatroniSettings& settings_;
    std::string reported_;
};

}  // namespace citus_init::patroni
