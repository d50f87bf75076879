#pragma once

#include <string>

#include "citus_init/base/secret.h"
#include "citus_init/settings/settings.h"

namespace citus_init::patroni {

// How this container asks its own Patroni.
struct RestAccess {
    std::string url;               // scheme, host and port, without a path: as others ask it
    std::string connect_host;      // where that is within this container
    std::string ca_path;           // "" = no certificate can be verified
    std::string certificate_path;  // our own, for requests that change something
    std::string key_path;
    bool certificate_to_read = false;  // for the others as well ("verify_client: required")
    std::string user;
    Secret password;
};

// The same for another member, by scheme and port.
std::string rest_url_of(const RestAccess& own, const std::string& host);

// `settings` have `patroni`. `host`: what others reach this member under, where no connect address
// is set.
RestAccess own_rest_access(const settings::Settings& settings, const std::string& host);

}  // namespace citus_init::patroni
