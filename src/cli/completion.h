#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citus_init::cli {

enum class Shell { bash, zsh, fish };

// "bash", "zsh", "fish"; nothing for another word.
std::optional<Shell> parse_shell(std::string_view word);

// One option as completion knows it.
struct CompletionOption {
    std::string name;     // with its dashes: "--output", "-o"
    std::string meaning;  // one line
    bool takes_value = false;
    std::vector<std::string> values;  // what may follow; empty = anything
};

struct CompletionVerb {
    std::string name;
    std::string meaning;
    std::vector<CompletionOption> options;
    std::vector<std::string> values;  // what may stand after the verb, e.g. the shells
};

struct CompletionGrammar {
    std::string program;
    std::vector<CompletionVerb> verbs;
    std::vector<CompletionOption> options;  // before the verb
};

// The completion script for one shell. Pure: the same grammar gives the same bytes. Names and
// values are words of [A-Za-z0-9_-]; meanings may hold any text.
std::string completion_script(Shell shell, const CompletionGrammar& grammar);

}  // namespace citus_init::cli
