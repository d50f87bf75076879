#pragma once

#include <string>
#include <vector>

namespace citus_init::app {

// `citus-init agent --socket-dir DIR --port N`, run by PID 1 beside the server for as long as that
// runs. Waits until the server accepts, makes sure that it is the node that the settings ask for,
// says `prepared`. On a coordinator it takes announcements and goes on registering the workers of
// CITUS_WORKERS; on a worker it goes on announcing the node to its coordinator. It ends when PID
// 1's end of the report socket closes. Without Citus: looks whether a database has it nevertheless,
// says `prepared` or `fatal 65`, and leaves. With Patroni it is run_member_agent(). `arguments`
// without the verb. Returns 0 when there is nothing left to do or PID 1 is gone, else the exit code
// that it also reported as `fatal`. SIGTERM ends it at once (default action).
int run_agent(const std::vector<std::string>& arguments);

}  // namespace citus_init::app
