#include "citus_init/doctor/finding.h"

#include <algorithm>

namespace citus_init::doctor {

const char* severity_name(Severity severity) {
    switch (severity) {
        case Severity::note:
            return "note";
        case Severity::warning:
            return "warning";
        case Severity::error:
            return "error";
    }
    return "";
}

int exit_status(const std::vector<Finding>& findings) {
    Severity worst = Severity::note;
    for (const Finding& finding : findings) {
        worst = std::max(worst, finding.severity);
    }
    return static_cast<int>(worst);
}

}  // namespace citus_init::doctor
