#include "citus_init/base/secret.h"

#include <string.h>

namespace citus_init {

void Secret::wipe() noexcept {
    explicit_bzero(value_.data(), value_.size());
    value_.clear();
}

}  // namespace citus_init
