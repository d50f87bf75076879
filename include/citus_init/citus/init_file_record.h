#pragma once

#include <map>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// A row of citus_init.init_file: an init file of the cluster, once it was planned to run.
struct InitFileRow {
    std::string name;
    std::string started;  // "" = it did not begin, as far as is known
    bool finished = false;
    std::string failure;  // "" = none was reported
    bool operator==(const InitFileRow&) const = default;
};

// citus_init.init_file, in Citus' database on the coordinator, on no worker; its standbys have it
// as they have everything. All but the reading is for who holds the lock.
class InitFileRecord {
  public:
    // Superuser, no open transaction; outlives it.
    explicit InitFileRecord(Session& session) : session_(session) {}

    // For as long as the session lives. False: another has it.
    [[nodiscard]] SqlResult<bool> try_lock();

    // Whether the table is there, which is made when the cluster is first inspected.
    [[nodiscard]] SqlResult<bool> exists();
    [[nodiscard]] SqlResult<void> make();

    // Those that began first, in that order.
    [[nodiscard]] SqlResult<std::vector<InitFileRow>> rows();

    // Checksums by name ("" = none); all or none. What is planned counts as begun: a run that is
    // interrupted may not have recorded how far it came.
    [[nodiscard]] SqlResult<void> plan(const std::map<std::string, std::string>& files);
    [[nodiscard]] SqlResult<void> begun(const std::string& name);
    [[nodiscard]] SqlResult<void> finished(const std::string& name);
    [[nodiscard]] SqlResult<void> failed(const std::string& name, const std::string& why);
    // A row of another kind, in a table that may be new: nothing is to run any more, whatever
    // files are added later.
    [[nodiscard]] SqlResult<void> done(const std::string& name);

  private:
    [[nodiscard]] SqlResult<void> end(SqlResult<void> transaction);
    [[nodiscard]] SqlResult<void> run(const std::string& sql,
                                      const std::vector<std::string>& parameters = {});

    Session& session_;
};

// Whether any database that takes connections has a table, function or schema that neither initdb
// nor an extension made. `server`: which one; its database is not read.
[[nodiscard]] SqlResult<bool> has_user_objects(Connector& connector,
                                               const ConnectionTarget& server);

}  // namespace citus_init::citus
