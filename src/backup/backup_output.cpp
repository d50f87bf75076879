#include "citus_init/backup/backup_output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace citus_init::backup {

namespace {

constexpr std::size_t kLongestLine = 16384;

std::optional<double> number_in(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= 0
               ? std::optional(number)
               : std::nullopt;
}

// "65.1MB", "8KB", "0B"
std::optional<double> size_in(std::string_view text) {
    constexpr double kStep = 1024;
    using Unit = std::pair<std::string_view, int>;
    constexpr std::array kUnits{Unit{"PB", 5}, Unit{"TB", 4}, Unit{"GB", 3},
                                Unit{"MB", 2}, Unit{"KB", 1}, Unit{"B", 0}};
    for (const auto& [unit, power] : kUnits) {
        if (text.ends_with(unit)) {
            auto size = number_in(text.substr(0, text.size() - unit.size()));
            for (int i = 0; size && i < power; ++i) {
                *size *= kStep;
            }
            return size;
        }
    }
    return std::nullopt;
}

// What follows `sign`, up to the end.
std::optional<std::string_view> after(std::string_view line, std::string_view sign) {
    const auto found = line.find(sign);
    return found == std::string_view::npos ? std::nullopt
                                           : std::optional(line.substr(found + sign.size()));
}

}  // namespace

void BackupOutput::read(std::string_view piece) {
    rest_.append(piece);
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
        read_line(std::string_view(rest_).substr(begin, end - begin));
        begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > kLongestLine) {
        rest_.clear();
    }
}

std::int64_t BackupOutput::total_bytes() const {
    constexpr int kAll = 1000;
    return permille_ == 0 ? 0 : bytes_ / permille_ * kAll + bytes_ % permille_ * kAll / permille_;
}

// "P01 DETAIL: backup file PATH (65.1MB, 74.61%) checksum ...", "(bundle 1/0, 3B, 74.61%)"; a path
// may have parentheses of its own.
void BackupOutput::read_line(std::string_view line) {
    constexpr double kPermille = 10;
    constexpr double kMostBytes = 1e18;
    if (const auto label = after(line, "INFO: new backup label = ")) {
        label_ = label->substr(0, label->find_first_of(" \r"));
        return;
    }
    complete_ = complete_ || after(line, "INFO: backup command end: completed successfully");
    if (!after(line, "DETAIL: backup file ") && !after(line, "DETAIL: restore file ")) {
        return;
    }
    const auto percent_end = line.rfind("%)");
    const auto open = line.rfind('(', percent_end);
    if (percent_end == std::string_view::npos || open == std::string_view::npos) {
        return;
    }
    const auto fields = line.substr(open + 1, percent_end - open - 1);
    const auto comma = fields.rfind(", ");
    if (comma == std::string_view::npos) {
        return;
    }
    const auto before = fields.substr(0, comma);
    const auto previous = before.rfind(", ");
    const auto size =
        size_in(previous == std::string_view::npos ? before : before.substr(previous + 2));
    const auto percent = number_in(fields.substr(comma + 2));
    if (size && percent && *percent <= 100) {
        bytes_ += static_cast<std::int64_t>(std::min(*size, kMostBytes));
        bytes_ = std::min(bytes_, static_cast<std::int64_t>(kMostBytes));
        permille_ = std::max(permille_, static_cast<int>(*percent * kPermille));
    }
}

}  // namespace citus_init::backup
