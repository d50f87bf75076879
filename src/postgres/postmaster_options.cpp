#include "citus_init/postgres/postmaster_options.h"

#include <string_view>

namespace citus_init::postgres {

std::optional<std::string> postmaster_options(const std::vector<std::string>& words) {
    constexpr std::string_view kSpecial = "\\\"$`";
    std::string line;
    for (const std::string& word : words) {
        if (word.find('\n') != std::string::npos) {
            return std::nullopt;
        }
        if (line.empty()) {
            line = word;  // up to the first ` "` pg_ctl takes it for the program
            continue;
        }
        line += " \"";
        for (const char c : word) {
            if (kSpecial.find(c) != std::string_view::npos) {
                line += '\\';
            }
            line += c;
        }
        line += '"';
    }
    return line + '\n';
}

}  // namespace citus_init::postgres
