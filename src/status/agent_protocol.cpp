#include "citus_init/status/agent_protocol.h"

#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::status {

namespace {

constexpr int kLargestExitCode = 255;
constexpr std::string_view kFatal = "fatal ";

struct ReportName {
    ReportKind kind;
    std::string_view name;
};

// `fatal` is apart, since a code follows it.
constexpr std::array<ReportName, 15> kReportNames{{
    {ReportKind::alive, "alive"},
    {ReportKind::prepared, "prepared"},
    {ReportKind::node, "node"},
    {ReportKind::membership, "membership"},
    {ReportKind::joined, "joined"},
    {ReportKind::unfit, "unfit"},
    {ReportKind::place, "place"},
    {ReportKind::peers, "peers"},
    {ReportKind::pulse, "pulse"},
    {ReportKind::lease, "lease"},
    {ReportKind::readiness, "readiness"},
    {ReportKind::own_connection, "own-connection"},
    {ReportKind::handover, "handover"},
    {ReportKind::traffic, "traffic"},
    {ReportKind::warning, "warning"},
}};

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '\\':
                result += "\\\\";
                break;
            case '\n':
                result += "\\n";
                break;
            case '\r':
                result += "\\r";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            result += text[i];
            continue;
        }
        if (++i == text.size()) {
            return std::nullopt;
        }
        switch (text[i]) {
            case '\\':
                result += '\\';
                break;
            case 'n':
                result += '\n';
                break;
            case 'r':
                result += '\r';
                break;
            default:
                return std::nullopt;
        }
    }
    return result;
}

std::string head_of(const Report& report) {
    for (const auto& [kind, name] : kReportNames) {
        if (kind == report.kind) {
            return std::string(name);
        }
    }
    return fmt::format("{}{}", kFatal, report.code);
}

std::optional<Report> parse_head(std::string_view head) {
    for (const auto& [kind, name] : kReportNames) {
        if (head == name) {
            return Report{kind, 0, {}};
        }
    }
    if (!head.starts_with(kFatal)) {
        return std::nullopt;
    }
    const auto code = parse_integer(head.substr(kFatal.size()), 0, kLargestExitCode);
    return code ? std::optional<Report>(Report{ReportKind::fatal, static_cast<int>(*code), {}})
                : std::nullopt;
}

}  // namespace

std::string encode_report(const Report& report) {
    return fmt::format("{}\t{}\n", head_of(report), escaped(report.text));
}

std::optional<Report> parse_report(std::string_view line) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) {
        return std::nullopt;
    }
    auto report = parse_head(line.substr(0, tab));
    auto text = unescaped(line.substr(tab + 1));
    if (!report || !text) {
        return std::nullopt;
    }
    report->text = std::move(*text);
    return report;
}

std::string to_json(const NodeReport& report) {
    const nlohmann::ordered_json object{
        {"citus_version", report.citus_version}, {"extension_version", report.extension_version},
        {"database", report.database},           {"system_identifier", report.system_identifier},
        {"server_id", report.server_id},         {"has_login_role", report.has_login_role},
    };
    // A database's name may be no UTF-8: replaced, never thrown.
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<NodeReport> node_report_from_json(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    return NodeReport{text_at(object, "citus_version"), text_at(object, "extension_version"),
                      text_at(object, "database"),      text_at(object, "system_identifier"),
                      text_at(object, "server_id"),     flag_at(object, "has_login_role")};
}

std::string to_json(const PlaceReport& report) {
    const nlohmann::ordered_json object{{"state", citus::to_string(report.state)},
                                        {"is_member", report.is_member},
                                        {"address", report.address},
                                        {"reason", report.reason},
                                        {"is_applied", report.is_applied}};
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<PlaceReport> place_report_from_json(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    const std::string state = text_at(object, "state");
    for (const auto known : {citus::PlaceState::waiting, citus::PlaceState::provisional,
                             citus::PlaceState::confirmed, citus::PlaceState::refused}) {
        if (state == citus::to_string(known)) {
            return PlaceReport{known, flag_at(object, "is_member"), text_at(object, "address"),
                               text_at(object, "reason"), flag_at(object, "is_applied")};
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::status
