#pragma once

#include <memory>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"

namespace citus_init::libpq {

// A connector over libpq, which is loaded now (dlopen(3) of libpq.so.5) and never unloaded, since
// OpenSSL below it leaves handlers behind. Only the programs that speak SQL pay for it so.
// Error: `os`, where the library is missing or too old; the message names the package.
[[nodiscard]] Result<std::unique_ptr<citus::Connector>> load_connector();

}  // namespace citus_init::libpq
