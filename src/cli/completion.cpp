#include "cli/completion.h"

#include <algorithm>
#include <iterator>

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

constexpr std::string_view kProgram = "citus-init";
constexpr std::string_view kFunction = "_citus_init";

// As a user types them: "-o" beside "--output".
std::vector<std::string> option_names(const Verb& verb) {
    std::vector<std::string> result;
    for (const Option& option : verb.options) {
        result.emplace_back(option.name);
        if (option.letter != 0) {
            result.push_back(fmt::format("-{}", option.letter));
        }
    }
    return result;
}

std::string spaced(const std::vector<std::string_view>& words) {
    return join({words.begin(), words.end()}, " ");
}

// What may stand behind the verb: `completion bash`, `run postgres`.
std::string operand_choices(const Verb& verb) {
    return verb.operands.empty() ? "" : spaced(verb.operands.front().value.choices);
}

std::vector<Verb> of_users(const std::vector<Verb>& verbs) {
    std::vector<Verb> result;
    std::copy_if(verbs.begin(), verbs.end(), std::back_inserter(result),
                 [](const Verb& verb) { return verb.audience == Audience::users; });
    return result;
}

std::string names(const std::vector<Verb>& verbs) {
    std::vector<std::string> result;
    result.reserve(verbs.size());
    for (const Verb& verb : verbs) {
        result.emplace_back(verb.name);
    }
    return join(result, " ");
}

// --- bash: a function that reads the verb, then the word before the cursor ---

std::string bash_values(const Verb& verb) {
    std::string cases;
    for (const Option& option : verb.options) {
        if (option.value.kind != ValueKind::none) {
            const std::string letter =
                option.letter == 0 ? "" : fmt::format("|{}:-{}", verb.name, option.letter);
            cases += fmt::format("        {}:{}{}) words=\"{}\" ;;\n", verb.name, option.name,
                                 letter, spaced(option.value.choices));
        }
    }
    return cases;
}

std::string bash_script(const std::vector<Verb>& verbs) {
    std::string script = fmt::format("# bash completion for {}\n", kProgram);
    script += fmt::format("{}() {{\n", kFunction);
    script +=
        "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local verb='' word words=''\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case $word in -*) ;; *) verb=$word; break ;; esac\n"
        "    done\n"
        "    case $verb in\n";
    script += fmt::format("        '') words=\"{}\" ;;\n", names(verbs));
    for (const Verb& verb : verbs) {
        std::vector<std::string> words = option_names(verb);
        if (const std::string choices = operand_choices(verb); !choices.empty()) {
            words.insert(words.begin(), choices);
        }
        script += fmt::format("        {}) words=\"{}\" ;;\n", verb.name, join(words, " "));
    }
    script += "    esac\n    case $verb:$previous in\n";
    for (const Verb& verb : verbs) {
        script += bash_values(verb);
    }
    script += "    esac\n";
    script += "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n";
    return script + fmt::format("complete -o default -F {} {}\n", kFunction, kProgram);
}

// --- zsh: _arguments specifications; a bracket or a colon in a meaning would end it ---

std::string zsh_text(std::string_view text) {
    std::string result = replaced(text, '\\', "\\\\");
    result = replaced(result, '[', "\\[");
    result = replaced(result, ']', "\\]");
    result = replaced(result, ':', "\\:");
    return replaced(result, '\'', "'\\''");
}

std::string zsh_options(const Verb& verb) {
    std::string lines;
    for (const Option& option : verb.options) {
        std::string value;
        if (option.value.kind != ValueKind::none) {
            value = option.value.choices.empty()
                        ? ":value:"
                        : fmt::format(":value:({})", spaced(option.value.choices));
        }
        const std::string meaning = zsh_text(option.meaning);
        const std::string indent(24, ' ');
        lines += fmt::format("{}'{}[{}]{}' \\\n", indent, option.name, meaning, value);
        if (option.letter != 0) {
            lines += fmt::format("{}'-{}[{}]{}' \\\n", indent, option.letter, meaning, value);
        }
    }
    return lines;
}

std::string zsh_script(const std::vector<Verb>& verbs) {
    std::string script = fmt::format("#compdef {}\n{}() {{\n", kProgram, kFunction);
    script += "    local -a verbs\n    local context state line\n    typeset -A opt_args\n";
    script += "    verbs=(\n";
    for (const Verb& verb : verbs) {
        script += fmt::format("        '{}:{}'\n", verb.name, zsh_text(verb.meaning));
    }
    script += "    )\n    _arguments -C \\\n";
    script += "        '1:verb:->verb' '*::argument:->argument'\n";
    script += "    case $state in\n        verb) _describe verb verbs ;;\n";
    script += "        argument)\n            case $line[1] in\n";
    for (const Verb& verb : verbs) {
        script +=
            fmt::format("                {})\n                    _arguments \\\n", verb.name);
        script += zsh_options(verb);
        const std::string choices = operand_choices(verb);
        script += choices.empty()
                      ? "                        '*:file:_files' ;;\n"
                      : fmt::format("                        '1:value:({})' ;;\n", choices);
    }
    script += "            esac ;;\n    esac\n}\n";
    return script + fmt::format(
                        "if [ \"$funcstack[1]\" = {0} ]; then {0} \"$@\"; else compdef "
                        "{0} {1}; fi\n",
                        kFunction, kProgram);
}

// --- fish: one `complete` line for each thing ---

std::string fish_text(std::string_view text) {
    return replaced(replaced(text, '\\', "\\\\"), '\'', "\\'");
}

std::string fish_option(const Verb& verb, const Option& option) {
    std::string line = fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}' -l {}",
                                   kProgram, verb.name, option.name.substr(2));
    if (option.letter != 0) {
        line += fmt::format(" -s {}", option.letter);
    }
    line += fmt::format(" -d '{}'", fish_text(option.meaning));
    if (option.value.kind != ValueKind::none) {
        line += fmt::format(" -x -a '{}'", spaced(option.value.choices));
    }
    return line + "\n";
}

std::string fish_script(const std::vector<Verb>& verbs) {
    const std::string no_verb = fmt::format("not __fish_seen_subcommand_from {}", names(verbs));
    std::string script = fmt::format("# fish completion for {}\n", kProgram);
    for (const Verb& verb : verbs) {
        script += fmt::format("complete -c {} -f -n '{}' -a {} -d '{}'\n", kProgram, no_verb,
                              verb.name, fish_text(verb.meaning));
        for (const Option& option : verb.options) {
            script += fish_option(verb, option);
        }
        if (const std::string choices = operand_choices(verb); !choices.empty()) {
            script += fmt::format("complete -c {} -f -n '__fish_seen_subcommand_from {}' -a '{}'\n",
                                  kProgram, verb.name, choices);
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

std::string completion_script(Shell shell, const std::vector<Verb>& verbs) {
    switch (shell) {
        case Shell::bash:
            return bash_script(of_users(verbs));
        case Shell::zsh:
            return zsh_script(of_users(verbs));
        case Shell::fish:
            return fish_script(of_users(verbs));
    }
    return {};
}

}  // namespace citus_init::cli
