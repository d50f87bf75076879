#include "cli/verb.h"

#include "citus_init/base/duration.h"
#include "citus_init/base/text.h"

namespace citus_init::cli {

std::string Arguments::text(std::string_view name) const {
    const auto value = values.find(name);
    return value == values.end() ? "" : value->second;
}

std::chrono::milliseconds Arguments::duration(std::string_view name,
                                              std::chrono::milliseconds otherwise) const {
    return parse_duration(text(name), std::chrono::milliseconds(0), kLongestWait)
        .value_or(otherwise);
}

int Arguments::count(std::string_view name) const {
    return static_cast<int>(parse_integer(text(name), 1, kLargestCount).value_or(0));
}

}  // namespace citus_init::cli
