#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/secret.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

// The port of high availability (docs/adr/0058). A backend is a manager, a program that PID 1
// starts instead of PostgreSQL: it starts and stops the server, elects the leader of its group by a
// lease in a configuration store (DCS) and promotes it. What process 1 and the verbs need of it is
// here; what only its agent may do, since it blocks on a network, is in member_monitor.h; how long
// a primary may go without it is in ha/lease.h.
namespace citus_init::ha {

// What only the machine and the image know of this member.
struct Host {
    std::string address;    // what others reach it under, where no connect address is set
    std::string host_name;  // the container's: where the member has no name set
    // Of the nodes that are known, this one's among them: who connects from there needs the
    // cluster's certificate, all others of CITUS_ALLOWED_CIDR come as clients.
    std::vector<std::string> node_addresses;
    std::string bin_directory;  // the server's programs
    std::string program;        // citus-init, for the manager's callbacks
    // As whom the server runs, who is at the socket whoever POSTGRES_USER is; "" = has no name.
    std::string system_user;
};

struct ConfigurationFile {
    std::string path;  // to be written with mode 0600 and atomically: it holds every password
    Secret content;
    std::string shown;  // the same without secrets
};

// How the manager is started.
struct Launch {
    std::vector<std::string> arguments;  // the first is found in PATH
    settings::Environment environment;   // all of it
};

// A manager in the version that is installed. Every member is pure, for any thread.
class Backend {
  public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend();

    // "Patroni 4.1.4"
    virtual std::string name() const = 0;

    // Whether it may be started again beside a running primary. False where it would forget which
    // replicas are synchronous: the server is stopped before.
    virtual bool may_restart_beside_primary() const = 0;

    // What stands against running this version with these settings.
    virtual std::vector<settings::Problem> check(const settings::Settings& settings) const = 0;

    // Its configuration, complete; `stack` is of `settings`. The problems: values that it cannot
    // take, PostgreSQL settings that are its own to make, keys that are citus-init's.
    virtual tl::expected<ConfigurationFile, std::vector<settings::Problem>> render(
        const settings::Settings& settings, const render::GucStack& stack,
        const Host& host) const = 0;

    // `environment`: the container's, with what the server needs beside it.
    virtual Launch launch(const settings::Settings& settings,
                          const settings::Environment& environment) const = 0;
};

}  // namespace citus_init::ha
