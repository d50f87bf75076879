#pragma once

#include <string>

namespace citus_init::settings {

// docs/settings.md, made from the registry.
std::string reference_markdown();

// One line a variable, for the completion scripts: the name, then its allowed values, separated by
// single spaces. Names that are not available in this version are left out.
std::string completion_list();

}  // namespace citus_init::settings
