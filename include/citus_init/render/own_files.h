#pragma once

#include <string>
#include <vector>

#include "citus_init/settings/settings.h"

namespace citus_init::render {

// Our files, written anew at every start where they are missing or have changed.
struct OwnFiles {
    std::string directory;  // in the data directory
    std::string postgresql_conf;
    std::string pg_hba_conf;
    std::string pg_ident_conf;

    // 0700, outside the data directory: pg_basebackup, pg_rewind and backup tools copy all that is
    // in there.
    std::string secrets_directory;
    std::string pgpass;
    std::string authority;
    std::string certificate;
    std::string private_key;

    std::string pgbackrest_conf;
    std::string archive_errors;    // what pgBackRest said of the last WAL segment
    std::string pgbackrest_locks;  // a directory
    std::string backup_wake;       // a directory: who wants a base backup writes a file in it
    // The base backup that a replica was made from, until it follows its leader.
    std::string replica_source;
    // For the TLS of a repository host, on both sides.
    std::string backup_authority;
    std::string backup_certificate;
    std::string backup_key;
};

// Where the first half of them is without Patroni.
std::string own_directory(const std::string& data_directory);

// With CITUS_HA=patroni all of them are in CITUS_PATRONI_DIR.
OwnFiles own_files(const settings::Settings& settings);

// Where versions before 0.2 kept the second half: to be removed.
std::vector<std::string> secrets_in_data_directory(const std::string& data_directory);

}  // namespace citus_init::render
