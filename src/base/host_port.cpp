#include "citus_init/base/host_port.h"

#include "citus_init/base/text.h"

namespace citus_init {

bool is_loopback(std::string_view host) {
    return to_lower(host) == "localhost" || host.starts_with("127.") || host == "::1";
}

}  // namespace citus_init
