#pragma once

#include <string>

#include "citus_init/backup/runner.h"
#include "citus_init/base/result.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/settings/settings.h"

namespace citus_init::restore {

// The files of a data directory that is being restored.
class RestoredFiles {
  public:
    // All outlive it.
    RestoredFiles(backup::Runner& runner, const settings::Settings& settings);

    // Runs `pgbackrest restore` beside what is there; what an earlier attempt has copied is not
    // copied again. Blocks for that, and logs how far it is. Errors: `unavailable`, pgBackRest's;
    // those of files.
    [[nodiscard]] Status restore(const postgres::RestoreRecord& record);

    // Makes what was restored the server's to recover: without settings that would reach out of
    // the copy, with recovery.signal, its WAL where POSTGRES_INITDB_WALDIR says.
    [[nodiscard]] Status prepare() const;

    // Moves it into its place. Goes on where it was cut off.
    [[nodiscard]] Status move_into_place() const;

    // Moves the cluster that is in the data directory to where restore() makes use of its files.
    // Goes on where it was cut off. Error `data_directory`: it is another one than the record's.
    [[nodiscard]] Status set_aside(const postgres::RestoreRecord& record) const;

  private:
    [[nodiscard]] Status make_directory() const;
    [[nodiscard]] Status take_from_patroni() const;

    backup::Runner& runner_;
    const settings::Settings& settings_;
    std::string data_directory_;
    std::string made_;  // what pgBackRest restores to
};

// Moves pg_wal of the data directory `made` to `wal_directory`, with a link to it in its place.
// What the directory had is removed. Done already: nothing.
[[nodiscard]] Status move_wal(const std::string& made, const std::string& wal_directory);

// postgresql.auto.conf without what `pgbackrest restore` has added at its end. Pure.
std::string without_recovery_settings(const std::string& auto_conf);

// postgresql.auto.conf without the settings that ALTER SYSTEM may have given the original and that
// would reach out of a copy: what restores and archives WAL, and what Citus' maintenance does.
// `removed`: their names, as they were found. Pure.
std::string without_outward_settings(const std::string& auto_conf,
                                     std::vector<std::string>& removed);

}  // namespace citus_init::restore
