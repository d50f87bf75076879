#pragma once
#include <optional>
#include <string>
namespace citus_init::app {
enum class ReportKind { prepared, node, membership, warning, fatal };
struct Report {
    ReportKind kind;
    int code;
    std::string text;
};
std::optional<Report> parse_report(const std::string& line);
}  // namespace citus_init::app
