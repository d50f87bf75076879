#include "citus_init/render/preload_libraries.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

// "$libdir/citus.so" -> "citus"
std::string_view stem(std::string_view library) {
    library.remove_prefix(library.rfind('/') + 1);  // npos + 1 is 0
    if (library.ends_with(".so")) {
        library.remove_suffix(3);
    }
    return library;
}

std::string quoted_if_needed(const std::string& library) {
    constexpr std::string_view kSpecial = ", \t\r\n\f\v\"";
    if (!library.empty() && library.find_first_of(kSpecial) == std::string::npos) {
        return library;
    }
    std::string quoted = "\"";
    for (const char c : library) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

}  // namespace

std::vector<std::string> split_libraries(std::string_view value) {
    std::vector<std::string> libraries;
    value = trim(value);
    while (!value.empty()) {
        std::string library;
        if (value[0] == '"') {
            std::size_t at = 1;
            for (; at < value.size(); ++at) {
                if (value[at] == '"' && (at + 1 == value.size() || value[at + 1] != '"')) {
                    break;
                }
                library += value[at];
                at += value[at] == '"' ? 1 : 0;
            }
            value.remove_prefix(std::min(at + 1, value.size()));
            value.remove_prefix(std::min(value.find(','), value.size()));
        } else {
            const auto comma = std::min(value.find(','), value.size());
            library = trim(value.substr(0, comma));
            value.remove_prefix(comma);
        }
        libraries.push_back(std::move(library));
        value = trim(value.substr(std::min<std::size_t>(1, value.size())));
    }
    std::erase(libraries, "");
    return libraries;
}

std::string join_libraries(const std::vector<std::string>& libraries) {
    std::vector<std::string> parts;
    std::transform(libraries.begin(), libraries.end(), std::back_inserter(parts), quoted_if_needed);
    return join(parts, ",");
}

std::string citus_first(std::string_view value) {
    const auto given = split_libraries(value);
    const auto is_citus = [](const std::string& library) { return stem(library) == "citus"; };
    const auto named = std::find_if(given.begin(), given.end(), is_citus);
    std::vector<std::string> libraries{named == given.end() ? "citus" : *named};
    for (const std::string& library : given) {
        if (!is_citus(library) &&
            std::find(libraries.begin(), libraries.end(), library) == libraries.end()) {
            libraries.push_back(library);
        }
    }
    return join_libraries(libraries);
}

std::optional<LayeredValue> value_with_library(const GucStack& stack, const std::string& library) {
    std::optional<LayeredValue> strongest;
    for (LayeredValue& value : stack.explain("shared_preload_libraries")) {
        const auto names = split_libraries(value.value);
        if (value.layer != Layer::enforced &&
            std::find(names.begin(), names.end(), library) != names.end()) {
            strongest = std::move(value);
        }
    }
    return strongest;
}

}  // namespace citus_init::render
