#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace citus_init::cli {

enum class Shell { bash, zsh, fish };

// "bash", "zsh", "fish"; nothing for another word.
std::optional<Shell> parse_shell(std::string_view word);

// The completion script for one shell: the verbs of users with their options. Pure: the same table
// gives the same bytes. Names and values are words of [A-Za-z0-9_-]; meanings may hold any text.
std::string completion_script(Shell shell, const std::vector<Verb>& verbs);

}  // namespace citus_init::cli
