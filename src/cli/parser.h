#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cli/verb.h"

namespace citus_init::cli {

// Why there is nothing to run: the text was asked for (`--help`), or the words are wrong.
struct NotRun {
    bool is_help = false;
    std::string text;
};

// Reads the words behind `verb`. What follows `--` or the word `postgres` is the server's, where
// the verb takes that. Pure.
[[nodiscard]] tl::expected<Arguments, NotRun> parse_arguments(
    const Verb& verb, const std::vector<std::string>& words,
    const settings::Environment& environment);

// What `citus-init help` prints. Pure.
std::string help_text(const std::vector<Verb>& verbs);

}  // namespace citus_init::cli
