#include "citus_init/base/version.h"

#include "citus_init_commit.h"

namespace citus_init {

const char* version() {
    return CITUS_INIT_VERSION;
}

const char* commit() {
    return CITUS_INIT_COMMIT;
}

}  // namespace citus_init
