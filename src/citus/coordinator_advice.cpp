#include "citus_init/citus/coordinator_advice.h"

#include <algorithm>
#include <array>

#include "citus_init/citus/sqlstate.h"

namespace citus_init::citus {

bool is_certificate_refused(const SqlError& error) {
    constexpr std::array<const char*, 4> kTexts{"certificate verify failed", "unknown ca",
                                                "alert bad certificate",
                                                "alert certificate unknown"};
    return std::any_of(kTexts.begin(), kTexts.end(), [&error](const char* text) {
        return error.message.find(text) != std::string::npos;
    });
}

std::string coordinator_advice(const SqlError& error) {
    if (is_certificate_refused(error)) {
        return "CITUS_CLUSTER_SECRET (or CITUS_TLS_CA_PATH) of this node differs from the "
               "coordinator's, or the clocks do. Give every node the same secret, then restart "
               "this one";
    }
    if (error.sqlstate == sqlstate::kInvalidPassword ||
        error.message.find("no password supplied") != std::string::npos) {
        return "Set the same POSTGRES_USER and POSTGRES_PASSWORD on every node";
    }
    if (error.message.find("does not match host name") != std::string::npos) {
        return "Set CITUS_COORDINATOR_HOST to the name that the coordinator has in CITUS_NODE_HOST";
    }
    if (error.message.find("could not translate host name") != std::string::npos) {
        return "Set CITUS_COORDINATOR_HOST to a name that resolves on this node";
    }
    return {};
}

}  // namespace citus_init::citus
