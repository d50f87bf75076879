#pragma once

#include <optional>
#include <string>
#include <vector>

namespace citus_init::postgres {

// The content of PGDATA/postmaster.opts for a server that was started with `words`, the program
// first. `pg_ctl restart` hands this one line to a shell (pg_ctl.c, read_post_opts()), so, unlike
// the server's own file, what a shell would expand is escaped. None where a word holds a newline,
// which pg_ctl cannot read.
std::optional<std::string> postmaster_options(const std::vector<std::string>& words);

}  // namespace citus_init::postgres
