#pragma once

#include <cstdint>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init::security {

// Seconds since 1970.
struct Validity {
    std::int64_t start = 0;
    std::int64_t end = 0;
};

// Of the first certificate in a text in PEM. Loads libcrypto.so.3 when first called. Errors: `os`
// without libcrypto, `config` where there is no certificate. Pure but for that.
[[nodiscard]] Result<Validity> certificate_validity(const std::string& pem);

}  // namespace citus_init::security
