#pragma once

#include <string>
#include <string_view>

namespace citus_init::render {

// A configuration text for showing: the passwords in connection strings, in URIs and in the options
// of pg_hba.conf are "***". Rather a word too many than one too few.
std::string hide_passwords(std::string_view text);

}  // namespace citus_init::render
