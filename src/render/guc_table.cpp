#include "citus_init/render/guc_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "guc_table_data.h"

namespace citus_init::render {

namespace {

constexpr std::size_t kFields = 12;

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

// As to_lower(left).compare(to_lower(right)) has it, without the copies: the table is searched for
// each setting at each start.
int compare_names(std::string_view left, std::string_view right) {
    const auto lower = [](char c) {
        return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    };
    const std::size_t shorter = std::min(left.size(), right.size());
    for (std::size_t i = 0; i < shorter; ++i) {
        if (const int difference = lower(left[i]) - lower(right[i]); difference != 0) {
            return difference;
        }
    }
    return static_cast<int>(left.size()) - static_cast<int>(right.size());
}

std::string_view name_at(std::size_t line_start) {
    const auto rest = kGucTable.substr(line_start);
    return rest.substr(0, rest.find('|'));
}

bool is_of_citus(std::string_view name) {
    const std::string lower = to_lower(name);
    return lower.starts_with("citus.") || lower.starts_with("columnar.");
}

// Whose versions a line counts, and the one that is asked for.
struct Product {
    const char* name;
    int oldest;
    int newest;
    int asked;

    bool is_known() const { return asked >= oldest && asked <= newest; }
    std::string text(int version) const {
        constexpr int kMajor = 100;
        return oldest < kMajor ? std::to_string(version)
                               : fmt::format("{}.{}", version / kMajor, version % kMajor);
    }
};

Product product_of(std::string_view name, const ServerVersions& versions) {
    return is_of_citus(name)
               ? Product{"Citus", kOldestTableCitus, kNewestTableCitus, versions.citus}
               : Product{"PostgreSQL", kOldestTableMajor, kNewestTableMajor, versions.postgres};
}

// One line of the table: what a range of versions says of a setting.
struct Row {
    GucFacts facts;
    int first = 0;              // 0: the oldest of the table
    int last = 0;               // 0: the newest
    std::string_view new_name;  // "" unless it was renamed

    bool holds_for(const Product& product) const {
        const int known = std::clamp(product.asked, product.oldest, product.newest);
        return known >= first && (last == 0 || known <= last);
    }
};

Row row_at(std::size_t line_start) {
    std::string_view line = kGucTable.substr(line_start);
    line = line.substr(0, line.find('\n'));
    std::array<std::string_view, kFields> fields;
    for (std::string_view& field : fields) {
        const std::size_t end = std::min(line.find('|'), line.size());
        field = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    const auto& [name, first, last, type, unit, context, least, most, words, hidden, built_in,
                 new_name] = fields;
    const auto version = [](std::string_view text) {
        return static_cast<int>(parse_integer(text, 0, 9999).value_or(0));
    };
    return {{name, type_of(type), unit, context, least, most, words, hidden, built_in},
            version(first),
            version(last),
            new_name};
}

std::size_t next_line(std::size_t line_start) {
    return std::min(kGucTable.find('\n', line_start), kGucTable.size() - 1) + 1;
}

// Where the first row of that name begins; npos if no row has it.
std::size_t find_first_row(std::string_view name) {
    std::size_t found = std::string_view::npos;
    std::size_t low = 0;
    std::size_t high = kGucTable.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const std::size_t newline =
            middle == 0 ? std::string_view::npos : kGucTable.rfind('\n', middle - 1);
        const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
        const int difference = compare_names(name_at(start), name);
        if (difference < 0) {
            low = next_line(middle);
            continue;
        }
        if (difference == 0) {
            found = start;
        }
        high = start;
    }
    return found;
}

// Oldest versions first, empty for an unknown name.
std::vector<Row> rows_of(std::string_view name) {
    std::vector<Row> rows;
    for (std::size_t start = find_first_row(name);
         start < kGucTable.size() && compare_names(name_at(start), name) == 0;
         start = next_line(start)) {
        rows.push_back(row_at(start));
    }
    return rows;
}

}  // namespace

std::optional<GucFacts> find_guc(std::string_view name, const ServerVersions& versions) {
    const std::vector<Row> rows = rows_of(name);
    const Product product = product_of(name, versions);
    if (product.asked == 0 && !rows.empty()) {
        return rows.back().facts;
    }
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const Row& row) { return row.holds_for(product); });
    return found == rows.end() ? std::nullopt : std::optional(found->facts);
}

bool is_guc(std::string_view name) {
    return find_first_row(name) != std::string_view::npos;
}

bool knows_version(std::string_view name, const ServerVersions& versions) {
    return product_of(name, versions).is_known();
}

namespace {

// Of those that these versions have; 0: any version.
std::optional<std::string> nearest_guc(std::string_view name, const ServerVersions& versions) {
    std::vector<std::string> names;
    for (std::size_t start = 0; start < kGucTable.size(); start = next_line(start)) {
        const Product product = product_of(name_at(start), versions);
        if (product.asked == 0 || row_at(start).holds_for(product)) {
            names.push_back(to_lower(name_at(start)));
        }
    }
    return nearest(to_lower(name), names);
}

}  // namespace

GucComplaint missing_guc(std::string_view name, const ServerVersions& versions) {
    const std::vector<Row> rows = rows_of(name);
    if (rows.empty()) {
        const auto near = nearest_guc(name, versions);
        return {fmt::format("{} is not a setting", name),
                near ? fmt::format("Did you mean {}?", *near) : "Correct its name, or remove it"};
    }
    const Row& newest = rows.back();
    const Product product = product_of(name, versions);
    const std::string reason = fmt::format("{} is not a setting of {} {}", name, product.name,
                                           product.text(product.asked));
    if (product.asked < rows.front().first) {
        return {fmt::format("{}: it came with {}", reason, product.text(rows.front().first)),
                "Remove it"};
    }
    return {fmt::format("{}: {} was the last that had it", reason, product.text(newest.last)),
            newest.new_name.empty() ? "Remove it" : fmt::format("Set {} instead", newest.new_name)};
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
