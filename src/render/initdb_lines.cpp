#include "initdb_lines.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

// setup_config() of initdb.c, PostgreSQL 13 to 18, on any machine that has 128 MB; the number of
// tabs before a comment depends on the version.
constexpr std::array<std::string_view, 4> kInitdbLines{
    "max_connections = 100 # (change requires restart)", "shared_buffers = 128MB # min 128kB",
    "max_wal_size = 1GB", "min_wal_size = 80MB"};
constexpr std::string_view kSampleTitle = "\n# PostgreSQL configuration file\n";

// Blanks and tabs in a row as one blank.
std::string with_single_blanks(std::string_view line) {
    std::string result;
    for (const char c : trim(line)) {
        const bool is_blank = c == ' ' || c == '\t';
        if (!is_blank) {
            result += c;
        } else if (result.back() != ' ') {
            result += ' ';
        }
    }
    return result;
}

bool may_be_initdbs(std::string_view name) {
    return std::any_of(kInitdbLines.begin(), kInitdbLines.end(), [&](std::string_view line) {
        return line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ';
    });
}

// From 1 on; "" behind the last one.
std::string_view line_of(std::string_view text, int number) {
    for (; number > 1 && !text.empty(); --number) {
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    }
    return text.substr(0, text.find('\n'));
}

}  // namespace

std::vector<bool> lines_of_initdb(const std::vector<ConfEntry>& entries, const ConfFile& file) {
    std::vector<bool> result(entries.size(), false);
    if (file.content.find(kSampleTitle) == std::string::npos) {
        return result;
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const ConfEntry& entry = entries[i];
        if (entry.file != file.path || !seen.insert(to_lower(entry.name)).second ||
            !may_be_initdbs(entry.name)) {
            continue;
        }
        result[i] =
            std::find(kInitdbLines.begin(), kInitdbLines.end(),
                      with_single_blanks(line_of(file.content, entry.line))) != kInitdbLines.end();
    }
    return result;
}

}  // namespace citus_init::render
