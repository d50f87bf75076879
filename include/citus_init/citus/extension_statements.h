#pragma once

#include <string>

namespace citus_init::citus {

// One transaction that makes the extension, and citus_columnar where that is an extension of its
// own, for a session that reads no results.
std::string create_extension_statements(bool with_columnar);

// "created the extension citus and citus_columnar"
std::string created_extension_text(bool with_columnar);

}  // namespace citus_init::citus
