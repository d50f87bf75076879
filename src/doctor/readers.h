#pragma once

#include "citus_init/base/control_group.h"
#include "citus_init/citus/session.h"
#include "citus_init/doctor/node_facts.h"

// One function for each group of facts, on a session to the node. Each sends its statements one
// after the other and ends at the first that fails.
namespace citus_init::doctor {

[[nodiscard]] citus::SqlResult<ClockFacts> read_clock(citus::Session& session);
[[nodiscard]] citus::SqlResult<DatabaseFacts> read_database(citus::Session& session);
[[nodiscard]] citus::SqlResult<LibraryVersions> read_libraries(citus::Session& session);
// SettingFacts::values.
[[nodiscard]] citus::SqlResult<std::map<std::string, std::string, std::less<>>> read_setting_values(
    citus::Session& session);
// Needs a superuser.
[[nodiscard]] citus::SqlResult<SettingFacts> read_settings(citus::Session& session);
[[nodiscard]] citus::SqlResult<SessionFacts> read_sessions(citus::Session& session);
[[nodiscard]] citus::SqlResult<CatalogFacts> read_catalog(citus::Session& session, bool with_citus,
                                                          bool is_coordinator);
[[nodiscard]] citus::SqlResult<LeftoverFacts> read_leftovers(citus::Session& session,
                                                             bool with_citus, bool is_coordinator);
[[nodiscard]] citus::SqlResult<ObjectFacts> read_objects(citus::Session& session);

// A file of the node's machine, through its server; a relative path is one below its data
// directory. Needs a superuser.
ReadFile file_reader(citus::Session& session);

// What the files of /proc and /sys show. `disk` stays unknown: a server does not tell.
MachineFacts read_machine(const ReadFile& read, const std::string& data_directory);

// None without TLS.
[[nodiscard]] Result<std::optional<CertificateFacts>> read_certificate(
    const ReadFile& read, const SettingFacts& settings);

}  // namespace citus_init::doctor
