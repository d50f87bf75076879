#include "citus_init/render/log_line_prefix.h"

#include "citus_init/render/guc_stack.h"

namespace citus_init::render {

std::string json_log_line_prefix(const std::string& token) {
    std::string prefix = token;
    for (const LogLineField& field : kJsonLogLineFields) {
        prefix += field.escape;
        prefix += field.is_name ? token : "";
        prefix += '\t';
    }
    return prefix;
}

void mark_log_lines(GucStack& stack, const std::string& token) {
    const auto found = stack.values.find("log_line_prefix");
    if (token.empty() || found == stack.values.end() || found->second.empty()) {
        return;
    }
    std::string& value = found->second.back().value;
    if (value == json_log_line_prefix("")) {
        value = json_log_line_prefix(token);
        stack.log_token = token;
    }
}

}  // namespace citus_init::render
