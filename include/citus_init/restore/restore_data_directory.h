#pragma once

#include <string>
#include <vector>

namespace citus_init::restore {

// The child of PID 1 that fills an empty data directory from the repository (ADR 78):
// `server_arguments` as the server gets them. It chooses the point and the group, notes them in
// postgres/restore_record.h, lets pgBackRest restore the base backup, and moves it into its place;
// the server then recovers to the point. It goes on where an earlier one was killed, and is killed
// itself to end it. Exit: 0, the server can be started; 69, the repository; 65, 71, 74, 77, 78.
// Blocks for as long as the copying takes.
int run_restore_data_directory(const std::vector<std::string>& server_arguments);

}  // namespace citus_init::restore
