#include "cli/verbs/question.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/core.h>

namespace citus_init::cli {

bool is_confirmed(const std::string& question, const std::string& nothing) {
    if (::isatty(STDIN_FILENO) == 0) {
        fmt::print(stderr, "{}: call it with --yes, or on a terminal\n", nothing);
        return false;
    }
    fmt::print(stderr, "{} [y/N] ", question);
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

}  // namespace citus_init::cli
