#include "citus_init/backup/host_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/backup/point_name.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

using Json = nlohmann::json;

constexpr int kRequestFormat = 1;
constexpr int kLargestPort = 65535;
constexpr int kMostAnswers = 100'000'000;

constexpr std::array kCommands{std::pair{HostCommand::backup, "backup"},
                               std::pair{HostCommand::remove_point, "remove-point"}};

constexpr std::array kKinds{
    std::pair{RequestFileKind::request, "request"}, std::pair{RequestFileKind::alive, "alive"},
    std::pair{RequestFileKind::cancel, "cancel"},   std::pair{RequestFileKind::read, "read"},
    std::pair{RequestFileKind::running, "running"}, std::pair{RequestFileKind::answer, "answer"}};

template <typename Table, typename Value>
std::string_view name_in(const Table& table, Value value) {
    const auto* const row = std::find_if(table.begin(), table.end(),
                                         [&](const auto& each) { return each.first == value; });
    return row->second;
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has_only(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter_or_digit(c) || more.find(c) != std::string_view::npos;
    });
}

bool is_word(std::string_view text, std::string_view more, std::size_t longest) {
    return !text.empty() && text.size() <= longest && is_letter_or_digit(text.front()) &&
           has_only(text, more);
}

bool is_id(std::string_view text) {
    constexpr std::size_t kDigits = 32;
    return text.size() == kDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_cluster_name(std::string_view text) {
    constexpr std::size_t kLongest = 48;
    return is_word(text, "._-", kLongest);
}

// NAME-GROUP.
bool is_stanza(std::string_view text) {
    constexpr int kLargestGroup = 2'000'000'000;
    const auto dash = text.rfind('-');
    return dash != std::string_view::npos && is_cluster_name(text.substr(0, dash)) &&
           parse_integer(text.substr(dash + 1), 0, kLargestGroup).has_value();
}

// A name or an address.
bool is_host(std::string_view text) {
    constexpr std::size_t kLongest = 255;
    return !text.empty() && text.size() <= kLongest && text.front() != '-' &&
           has_only(text, ".-_:");
}

// What stands in one word of a command line and in one line of a log.
bool is_plain(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

bool is_path(std::string_view text) {
    constexpr std::size_t kLongest = 4095;
    const auto parts = split(text, '/');
    return is_plain(text, kLongest) && text.front() == '/' &&
           std::find(parts.begin(), parts.end(), "..") == parts.end();
}

bool is_port(std::string_view text) {
    return parse_integer(text, 1, kLargestPort).has_value();
}

bool is_type(std::string_view text) {
    return text == "full" || text == "diff" || text == "incr";
}

// The name of the first field that cannot be used; "" = all can.
std::string_view wrong_field(const HostRequest& request) {
    constexpr std::size_t kLongestName = 63;  // NAMEDATALEN - 1
    if (request.command == HostCommand::remove_point) {
        return !is_cluster_name(request.cluster_name) ? "cluster_name"
               : name_problem(request.point)          ? "point"
                                                      : "";
    }
    const auto& cluster = request.cluster;
    const std::array<std::pair<std::string_view, bool>, 9> fields{{
        {"stanza", is_stanza(request.stanza)},
        {"type", is_type(request.type)},
        {"host", is_host(request.node.host)},
        {"port", request.node.port > 0},
        {"data_directory", is_path(cluster.data_directory)},
        {"socket_directory", is_path(cluster.socket_directory)},
        {"server_port", is_port(cluster.port)},
        {"user", is_plain(cluster.user, kLongestName)},
        {"database", is_plain(cluster.database, kLongestName)},
    }};
    const auto* const wrong =
        std::find_if(fields.begin(), fields.end(), [](const auto& field) { return !field.second; });
    return wrong == fields.end() ? "" : wrong->first;
}

}  // namespace

std::optional<RequestFile> parse_request_file(std::string_view name) {
    const auto parts = split(name, '.');
    if (parts.size() < 2 || !is_id(parts[0])) {
        return std::nullopt;
    }
    const auto* const kind = std::find_if(
        kKinds.begin(), kKinds.end(), [&](const auto& each) { return each.second == parts[1]; });
    const bool is_answer = kind != kKinds.end() && kind->first == RequestFileKind::answer;
    if (kind == kKinds.end() || parts.size() != (is_answer ? 3U : 2U)) {
        return std::nullopt;
    }
    const auto number = is_answer ? parse_integer(parts[2], 0, kMostAnswers) : 0;
    return number ? std::optional(RequestFile{parts[0], kind->first, static_cast<int>(*number)})
                  : std::nullopt;
}

std::string request_file_name(const RequestFile& file) {
    const auto kind = name_in(kKinds, file.kind);
    return file.kind == RequestFileKind::answer
               ? fmt::format("{}.{}.{}", file.id, kind, file.number)
               : fmt::format("{}.{}", file.id, kind);
}

std::string render_host_request(const HostRequest& request) {
    Json json{{"format", kRequestFormat},
              {"id", request.id},
              {"command", name_in(kCommands, request.command)}};
    if (request.command == HostCommand::remove_point) {
        json["cluster_name"] = request.cluster_name;
        json["point"] = request.point;
        return json_text(json);
    }
    json["stanza"] = request.stanza;
    json["type"] = request.type;
    json["host"] = request.node.host;
    json["port"] = request.node.port;
    json["data_directory"] = request.cluster.data_directory;
    json["socket_directory"] = request.cluster.socket_directory;
    json["server_port"] = request.cluster.port;
    json["user"] = request.cluster.user;
    json["database"] = request.cluster.database;
    return json_text(json);
}

Result<HostRequest> parse_host_request(std::string_view json, const std::string& id) {
    const auto wrong = [](std::string_view field) {
        return fail(ExitCode::usage,
                    fmt::format("the request's field \"{}\" cannot be used", field));
    };
    const auto object = Json::parse(json, nullptr, false);
    if (!object.is_object()) {
        return fail(ExitCode::usage, "the request is not a JSON object");
    }
    if (number_at(object, "format") != kRequestFormat) {
        return fail(ExitCode::usage,
                    "the request has a format that this citus-init does not know: use the same "
                    "version on the nodes and on the repository host");
    }
    HostRequest request;
    request.id = text_at(object, "id");
    if (!is_id(id) || request.id != id) {
        return wrong("id");
    }
    const std::string command = text_at(object, "command");
    const auto* const row = std::find_if(kCommands.begin(), kCommands.end(),
                                         [&](const auto& each) { return each.second == command; });
    if (row == kCommands.end()) {
        return wrong("command");
    }
    request.command = row->first;
    request.stanza = text_at(object, "stanza");
    request.type = text_at(object, "type");
    const auto port = number_at(object, "port").value_or(0);
    request.node = {text_at(object, "host"),
                    static_cast<std::uint16_t>(port > 0 && port <= kLargestPort ? port : 0)};
    request.cluster = {text_at(object, "data_directory"), text_at(object, "socket_directory"),
                       text_at(object, "server_port"), text_at(object, "user"),
                       text_at(object, "database")};
    request.cluster_name = text_at(object, "cluster_name");
    request.point = text_at(object, "point");
    if (const auto field = wrong_field(request); !field.empty()) {
        return wrong(field);
    }
    return request;
}

std::vector<std::string> arguments_of(const HostRequest& request, const LocalFiles& host) {
    if (request.command == HostCommand::remove_point) {
        return {"repo-rm",
                fmt::format("citus-init/{}/points/{}.json", request.cluster_name, request.point)};
    }
    const auto& cluster = request.cluster;
    return {"--stanza=" + request.stanza,
            "--type=" + request.type,
            "--log-level-console=detail",
            "--pg1-host=" + request.node.host,
            "--pg1-host-type=tls",
            fmt::format("--pg1-host-port={}", request.node.port),
            "--pg1-host-ca-file=" + host.authority,
            "--pg1-host-cert-file=" + host.certificate,
            "--pg1-host-key-file=" + host.private_key,
            "--pg1-path=" + cluster.data_directory,
            "--pg1-socket-path=" + cluster.socket_directory,
            "--pg1-port=" + cluster.port,
            "--pg1-user=" + cluster.user,
            "--pg1-database=" + cluster.database,
            "backup"};
}

std::string render_host_answer(const HostAnswer& answer) {
    Json json{{"format", kRequestFormat}, {"output", answer.output}, {"errors", answer.errors}};
    if (answer.code) {
        json["code"] = *answer.code;
    }
    if (!answer.failure.empty()) {
        json["failure"] = answer.failure;
    }
    return json_text(json);
}

Result<HostAnswer> parse_host_answer(std::string_view json) {
    const auto object = Json::parse(json, nullptr, false);
    if (!object.is_object() || number_at(object, "format") != kRequestFormat) {
        return fail(ExitCode::software,
                    "the repository host's answer cannot be read: use the same version of "
                    "citus-init on the nodes and on the repository host");
    }
    HostAnswer answer{text_at(object, "output"), text_at(object, "errors"), std::nullopt,
                      text_at(object, "failure")};
    if (const auto code = number_at(object, "code")) {
        answer.code = static_cast<int>(*code);
    }
    return answer;
}

}  // namespace citus_init::backup
