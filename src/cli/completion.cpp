#include "cli/completion.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::cli {

namespace {

std::string replaced(std::string_view text, char what, std::string_view by) {
    std::string result;
    for (const char c : text) {
        if (c == what) {
            result += by;
        } else {
            result += c;
        }
    }
    return result;
}

std::string identifier(std::string_view program) {
    return replaced(program, '-', "_");
}

std::vector<std::string> names(const std::vector<CompletionOption>& options) {
    std::vector<std::string> result;
    result.reserve(options.size());
    for (const auto& option : options) {
        result.push_back(option.name);
    }
    return result;
}

std::vector<std::string> names(const std::vector<CompletionVerb>& verbs) {
    std::vector<std::string> result;
    result.reserve(verbs.size());
    for (const auto& verb : verbs) {
        result.push_back(verb.name);
    }
    return result;
}

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// --- bash: a function that looks at the verb, then at the word before the cursor ---

std::string bash_values(std::string_view verb, const std::vector<CompletionOption>& options) {
    std::string cases;
    for (const auto& option : options) {
        if (option.takes_value) {
            cases += fmt::format("        {}:{}) words=\"{}\" ;;\n", verb, option.name,
                                 join(option.values, " "));
        }
    }
    return cases;
}

std::string bash_script(const CompletionGrammar& grammar) {
    const std::string function = "_" + identifier(grammar.program);
    std::string script = fmt::format("# bash completion for {}\n", grammar.program);
    script += fmt::format("{}() {{\n", function);
    script +=
        "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local verb='' word words=''\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case $word in -*) ;; *) verb=$word; break ;; esac\n"
        "    done\n"
        "    case $verb in\n";
    script += fmt::format("        '') words=\"{}\" ;;\n",
                          join(joined(names(grammar.verbs), names(grammar.options)), " "));
    for (const auto& verb : grammar.verbs) {
        script += fmt::format("        {}) words=\"{}\" ;;\n", verb.name,
                              join(joined(verb.values, names(verb.options)), " "));
    }
    script += "    esac\n    case $verb:$previous in\n";
    script += bash_values("", grammar.options);
    for (const auto& verb : grammar.verbs) {
        script += bash_values(verb.name, verb.options);
    }
    script += "        :*) ;;\n    esac\n";
    script += "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n";
    script += fmt::format("complete -o default -F {} {}\n", function, grammar.program);
    return script;
}

// --- zsh: _arguments specifications; a bracket or a colon in a meaning would end it ---

std::string zsh_text(std::string_view text) {
    std::string result = replaced(text, '\\', "\\\\");
    result = replaced(result, '[', "\\[");
    result = replaced(result, ']', "\\]");
    result = replaced(result, ':', "\\:");
    return replaced(result, '\'', "'\\''");
}

std::string zsh_options(const std::vector<CompletionOption>& options, std::string_view indent) {
    std::string lines;
    for (const auto& option : options) {
        lines += fmt::format("{}'{}[{}]", indent, option.name, zsh_text(option.meaning));
        if (option.takes_value) {
            lines += option.values.empty() ? ":value:"
                                           : fmt::format(":value:({})", join(option.values, " "));
        }
        lines += "' \\\n";
    }
    return lines;
}

std::string zsh_script(const CompletionGrammar& grammar) {
    const std::string function = "_" + identifier(grammar.program);
    std::string script = fmt::format("#compdef {}\n{}() {{\n", grammar.program, function);
    script += "    local -a verbs\n    local context state line\n    typeset -A opt_args\n";
    script += "    verbs=(\n";
    for (const auto& verb : grammar.verbs) {
        script += fmt::format("        '{}:{}'\n", verb.name, zsh_text(verb.meaning));
    }
    script += "    )\n    _arguments -C \\\n";
    script += zsh_options(grammar.options, "        ");
    script += "        '1:verb:->verb' '*::argument:->argument'\n";
    script += "    case $state in\n        verb) _describe verb verbs ;;\n";
    script += "        argument)\n            case $line[1] in\n";
    for (const auto& verb : grammar.verbs) {
        script +=
            fmt::format("                {})\n                    _arguments \\\n", verb.name);
        script += zsh_options(verb.options, "                        ");
        script += verb.values.empty() ? "                        '*:file:_files' ;;\n"
                                      : fmt::format("                        '1:value:({})' ;;\n",
                                                    join(verb.values, " "));
    }
    script += "            esac ;;\n    esac\n}\n";
    script +=
        fmt::format("if [ \"$funcstack[1]\" = {0} ]; then {0} \"$@\"; else compdef {0} {1}; fi\n",
                    function, grammar.program);
    return script;
}

// --- fish: one `complete` line for each thing ---

std::string fish_text(std::string_view text) {
    return replaced(replaced(text, '\\', "\\\\"), '\'', "\\'");
}

std::string fish_option(const CompletionGrammar& grammar, const std::string& condition,
                        const CompletionOption& option) {
    const bool is_long = option.name.starts_with("--");
    std::string line = fmt::format("complete -c {} -n '{}' {} {} -d '{}'", grammar.program,
                                   condition, is_long ? "-l" : "-s",
                                   option.name.substr(is_long ? 2 : 1), fish_text(option.meaning));
    if (option.takes_value) {
        line += fmt::format(" -x -a '{}'", join(option.values, " "));
    }
    return line + "\n";
}

std::string fish_script(const CompletionGrammar& grammar) {
    const std::string no_verb =
        fmt::format("not __fish_seen_subcommand_from {}", join(names(grammar.verbs), " "));
    std::string script = fmt::format("# fish completion for {}\n", grammar.program);
    for (const auto& option : grammar.options) {
        script += fish_option(grammar, no_verb, option);
    }
    for (const auto& verb : grammar.verbs) {
        script += fmt::format("complete -c {} -f -n '{}' -a {} -d '{}'\n", grammar.program, no_verb,
                              verb.name, fish_text(verb.meaning));
        const std::string after = fmt::format("__fish_seen_subcommand_from {}", verb.name);
        for (const auto& option : verb.options) {
            script += fish_option(grammar, after, option);
        }
        if (!verb.values.empty()) {
            script += fmt::format("complete -c {} -f -n '{}' -a '{}'\n", grammar.program, after,
                                  join(verb.values, " "));
        }
    }
    return script;
}

}  // namespace

std::optional<Shell> parse_shell(std::string_view word) {
    if (word == "bash") {
        return Shell::bash;
    }
    if (word == "zsh") {
        return Shell::zsh;
    }
    if (word == "fish") {
        return Shell::fish;
    }
    return std::nullopt;
}

std::string completion_script(Shell shell, const CompletionGrammar& grammar) {
    switch (shell) {
        case Shell::bash:
            return bash_script(grammar);
        case Shell::zsh:
            return zsh_script(grammar);
        case Shell::fish:
            return fish_script(grammar);
    }
    return {};
}

}  // namespace citus_init::cli
