#include "guc_table_data.h"

namespace citus_init::render {

// One text without pointers: nothing to relocate at start, and its pages are shared by every
// process that runs this program.
constinit const std::string_view kGucTable =
#include "guc_table_data.inc"
    ;

}  // namespace citus_init::render
