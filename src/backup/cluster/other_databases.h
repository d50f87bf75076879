#pragma once

#include <memory>
#include <string>
#include <vector>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/operations/restore_point.h"
#include "citus_init/citus/session.h"

namespace citus_init::backup {

// The databases with Citus beside the cluster's own, each with metadata and transactions of its
// own: a restore brings them back, too, so that a point has to hold their writers up as well.
class OtherDatabases {
  public:
    // Connects to each, on the coordinator and on the workers that it has there. `coordinator`: a
    // session in the cluster's own database. Errors: of the first that cannot be reached.
    [[nodiscard]] static Result<OtherDatabases> open(const ClusterAccess& access,
                                                     citus::Session& coordinator);

    // As long as this lives.
    std::vector<citus::OtherDatabase> sessions() const;

  private:
    struct Database {
        std::unique_ptr<citus::Session> coordinator;
        std::vector<std::unique_ptr<citus::Session>> workers;
    };

    Status add(const ClusterAccess& access, const std::string& name);

    std::vector<Database> databases_;
};

}  // namespace citus_init::backup
