#pragma once

#include <string>
#include <string_view>

namespace citus_init::render {

// A configuration text for showing: the passwords in connection strings and in URIs of any scheme,
// and what is assigned to names that end in password, secret, token, access_key and the like, or
// to the secret variables and options of archiving tools, are "***". Errs on the side of hiding too
// much. Pure.
std::string hide_passwords(std::string_view text);

}  // namespace citus_init::render
