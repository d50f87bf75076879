#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/findings.h"

namespace citus_init::settings {

// What the server would refuse in lines of a pg_hba.conf (parse_hba_line() of hba.c): the
// connection type, too few fields, an authentication method that PostgreSQL does not have or that
// has no place there, an option that the method does not take, or lacks. Whether a method is
// compiled in, addresses and the values of options are the server's to check. No value of an option
// is shown. Pure.
std::vector<Complaint> check_hba_lines(std::string_view text);

}  // namespace citus_init::settings
