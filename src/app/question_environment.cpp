#include "app/question_environment.h"

#include <unistd.h>

#include <fmt/core.h>

#include "citus_init/settings/environment.h"

namespace citus_init::app {

std::vector<std::string> question_environment() {
    auto environment = settings::child_environment(settings::environment_from(environ),
                                                   settings::UserPgpassword::drop);
    environment.erase("NOTIFY_SOCKET");
    environment["LC_ALL"] = "C";
    std::vector<std::string> entries;
    entries.reserve(environment.size());
    for (const auto& [name, value] : environment) {
        entries.push_back(fmt::format("{}={}", name, value));
    }
    return entries;
}

}  // namespace citus_init::app
