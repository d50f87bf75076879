#include "citus_init/postgres/directories.h"

#include "cli/verbs/verb_end.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

int run_sync_data_directory(const std::vector<std::string>& arguments) {
    if (arguments.size() != 1) {
        return end_verb(Error{ExitCode::usage, "sync-data-directory takes the data directory"});
    }
    const Status synced = postgres::sync_data_directory(arguments.front());
    return synced ? 0 : end_verb(synced.error());
}

}  // namespace citus_init::cli
