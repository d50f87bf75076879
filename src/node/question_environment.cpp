#include "citus_init/node/question_environment.h"

#include <unistd.h>

#include "citus_init/settings/environment.h"

namespace citus_init::node {

std::vector<std::string> question_environment() {
    auto environment = settings::child_environment(settings::environment_from(environ),
                                                   settings::UserPgpassword::drop);
    environment.erase("NOTIFY_SOCKET");
    environment["LC_ALL"] = "C";
    return settings::as_list(environment);
}

}  // namespace citus_init::node
