#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::postgres {

// Splits as a shell does: blanks, tabs and newlines part words; '...' is literal; "..." lets a
// backslash escape only " \ $ ` and a newline; a bare backslash escapes any character. Nothing is
// expanded: $ ` ; * and the like are characters like any other, unlike in the official image, which
// evals POSTGRES_INITDB_ARGS. Errors: `config`, for an open quote or a backslash at the end; the
// message does not name the variable.
[[nodiscard]] Result<std::vector<std::string>> split_shell_words(std::string_view text);

}  // namespace citus_init::postgres
