#include "citus_init/render/guc_table.h"

#include <array>
#include <cstdlib>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "guc_table_data.h"

namespace citus_init::render {

namespace {

constexpr std::size_t kFields = 11;

GucType type_of(std::string_view word) {
    if (word == "bool") {
        return GucType::boolean;
    }
    if (word == "integer") {
        return GucType::integer;
    }
    if (word == "real") {
        return GucType::real;
    }
    if (word == "string") {
        return GucType::string;
    }
    return word == "enum" ? GucType::enumeration : GucType::unknown;
}

std::string_view name_at(std::size_t line_start) {
    const auto rest = kGucTable.substr(line_start);
    return rest.substr(0, rest.find('|'));
}

GucFacts facts_at(std::size_t line_start) {
    std::string_view line = kGucTable.substr(line_start);
    line = line.substr(0, line.find('\n'));
    std::array<std::string_view, kFields> fields;
    for (std::string_view& field : fields) {
        const std::size_t end = std::min(line.find('|'), line.size());
        field = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    const auto major = [](std::string_view text) {
        return static_cast<int>(parse_integer(text, 0, 99).value_or(0));
    };
    return {fields[0], type_of(fields[1]), fields[2], fields[3],        fields[4],        fields[5],
            fields[6], fields[7],          fields[8], major(fields[9]), major(fields[10])};
}

}  // namespace

std::optional<GucFacts> find_guc(std::string_view name) {
    const std::string wanted = to_lower(name);
    std::size_t low = 0;
    std::size_t high = kGucTable.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const std::size_t newline =
            middle == 0 ? std::string_view::npos : kGucTable.rfind('\n', middle - 1);
        const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
        const std::string found = to_lower(name_at(start));
        if (found == wanted) {
            return facts_at(start);
        }
        if (found < wanted) {
            low = std::min(kGucTable.find('\n', middle), kGucTable.size() - 1) + 1;
        } else {
            high = start;
        }
    }
    return std::nullopt;
}

std::optional<std::string> nearest_guc(std::string_view name) {
    std::vector<std::string> names;
    for (std::size_t start = 0; start < kGucTable.size(); start = kGucTable.find('\n', start) + 1) {
        names.push_back(to_lower(name_at(start)));
    }
    return nearest(to_lower(name), names);
}

std::string built_in_text(const GucFacts& facts) {
    const auto number = parse_integer(facts.built_in, 1, 1LL << 40);
    if (facts.unit.empty() || !number) {
        return std::string(facts.built_in);
    }
    long long amount = *number;
    std::string unit(facts.unit);
    if (unit == "8kB") {
        amount *= 8;
        unit = "kB";
    }
    static constexpr std::array<std::string_view, 4> kMemory{"B", "kB", "MB", "GB"};
    for (std::size_t i = 0; i + 1 < kMemory.size(); ++i) {
        if (unit == kMemory[i] && amount % 1024 == 0) {
            amount /= 1024;
            unit = kMemory[i + 1];
        }
    }
    return fmt::format("{}{}", amount, unit);
}

}  // namespace citus_init::render
