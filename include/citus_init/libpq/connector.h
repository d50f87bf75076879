#pragma once

#include <memory>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/base/secret.h"
#include "citus_init/citus/session.h"

namespace citus_init::libpq {

inline constexpr const char* kLibrary = "libpq.so.5";

// A connector over libpq, which is loaded now (dlopen(3) of libpq.so.5) and never unloaded, since
// OpenSSL below it leaves handlers behind. Only the programs that speak SQL pay for it so.
// Outlives its sessions.
// Error: `os`, where the library is missing or too old; the message names the package.
[[nodiscard]] Result<std::unique_ptr<citus::Connector>> load_connector();

// What ALTER ROLE takes instead of the password: "SCRAM-SHA-256$...", another one each time. Asks
// no server. Error: `os`, libpq is missing; `software`, it cannot make one.
[[nodiscard]] Result<std::string> make_password_verifier(const std::string& user,
                                                         const Secret& password);

}  // namespace citus_init::libpq
