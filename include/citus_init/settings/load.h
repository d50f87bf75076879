#pragma once

#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::settings {

struct LoadedSettings {
    Settings settings;
    std::vector<Problem> warnings;
    // For our own children, which run as another user, later, and without the secret files: every
    // NAME_FILE replaced by NAME, and the YAML file's text in kResolvedYaml. load_settings() makes
    // the same Settings of it without reading any file. It holds secrets: a memfd, never environ.
    Environment resolved;
};

inline constexpr const char* kDefaultYamlPath = "/etc/citus-init/citus-init.yaml";

// Not a name that a shell could set.
inline constexpr const char* kResolvedYaml = "citus_init.yaml";

// Reads environment over YAML over defaults. Pure but for reading the YAML file and the NAME_FILE
// files through `files`. Either a complete, validated result, or all problems and all warnings
// together, each sorted by variable: nothing else is to be touched then (exit 78). Throws nothing.
[[nodiscard]] tl::expected<LoadedSettings, ProblemReport> load_settings(
    const Environment& environment, const Filesystem& files);

// The same for a reload, which may have fewer rights than the start had: root reads secret files,
// then becomes the server's user. A file that cannot be read for want of permission keeps what it
// has in `before`, the LoadedSettings::resolved in use, with a warning. Any other error stays one.
[[nodiscard]] tl::expected<LoadedSettings, ProblemReport> reload_settings(
    const Environment& environment, const Filesystem& files, const Environment& before);

// What is wrong with the addresses that the node and its peers are registered under. Only the
// caller knows the server's port, which the command line and postgresql.conf may set;
// CITUS_NODE_PORT beats it. Nothing for a member of a Patroni cluster. Pure.
std::vector<Problem> check_own_address(const Settings& settings, std::uint16_t server_port);

// Whether CITUS_HTTP_LISTEN takes a port that this node needs otherwise. Pure.
std::optional<Problem> check_http_port(const Settings& settings, std::uint16_t server_port);

// Only the caller knows whether the data directory is still to be made. If it is, a superuser
// password is needed, unless POSTGRES_HOST_AUTH_METHOD is `trust` to the letter. Keeps the
// official image's first sentence, which people search for.
std::optional<Problem> check_bootstrap_password(const Settings& settings);

// The same for CITUS_CLUSTER_SECRET: a node that is still to be made takes no passphrase, unless
// CITUS_ALLOW_WEAK_SECRET says so. One that is there is warned by load_settings().
std::optional<Problem> check_new_secret(const Settings& settings);

}  // namespace citus_init::settings
