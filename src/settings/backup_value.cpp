#include "settings/backup_value.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"
#include "citus_init/base/utf8.h"

namespace citus_init::settings {

namespace {

constexpr const char* kForms =
    "Write posix:/PATH, s3://BUCKET/PREFIX?endpoint=HOST&region=NAME or pgbackrest://HOST:PORT";
constexpr std::string_view kPosix = "posix:";
constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kHost = "pgbackrest://";

bool has_only(std::string_view text, std::string_view more) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               more.find(c) != std::string_view::npos;
    });
}

Parsed<BackupRepository> parse_posix(std::string_view text) {
    auto path = parse_absolute_path(text);
    if (!path) {
        return tl::unexpected(std::move(path.error()));
    }
    std::string directory = without_trailing_slashes(*std::move(path));
    if (directory == "/") {
        return complain("is the root directory", "Name a directory for the repository alone");
    }
    return BackupRepository{RepositoryKind::posix, std::move(directory)};
}

// HOST or HOST:PORT.
bool is_endpoint(std::string_view text) {
    return parse_host_list(text).has_value() && text.find(',') == std::string_view::npos;
}

// Sets what "name=value" of the query says; the complaint is "" where all is well.
Parsed<void> put_parameter(BackupRepository& repository, std::string_view parameter) {
    const auto equals = parameter.find('=');
    const std::string name(parameter.substr(0, equals));
    const std::string_view value =
        equals == std::string_view::npos ? "" : parameter.substr(equals + 1);
    const auto wrong = [&](const char* fix) {
        return complain(fmt::format("has a value of \"{}\" that cannot be used", name), fix);
    };
    if (name == "endpoint") {
        repository.endpoint = value;
        return is_endpoint(value) ? Parsed<void>()
                                  : wrong("Write HOST or HOST:PORT, without https://");
    }
    if (name == "region") {
        repository.region = value;
        return has_only(value, "-_") ? Parsed<void>() : wrong("Write the region's name");
    }
    if (name == "uri-style") {
        repository.uri_style = value;
        return value == "host" || value == "path" ? Parsed<void>() : wrong("Write host or path");
    }
    // Not quoted: it may be a key that does not belong here.
    return complain("has a parameter that citus-init does not know",
                    "Use endpoint, region and uri-style; keys go into CITUS_BACKUP_S3_KEY and "
                    "CITUS_BACKUP_S3_KEY_SECRET, the rest into CITUS_BACKUP_OPTIONS");
}

Parsed<BackupRepository> parse_s3(std::string_view text) {
    BackupRepository repository{RepositoryKind::s3, "/"};
    const auto query = text.find('?');
    const std::string_view place = text.substr(0, query);
    const auto slash = place.find('/');
    repository.bucket = place.substr(0, slash);
    if (!has_only(repository.bucket, ".-_")) {
        return complain("names no bucket", kForms);
    }
    if (slash != std::string_view::npos && slash + 1 < place.size()) {
        auto path = parse_absolute_path(place.substr(slash));
        if (!path) {
            return tl::unexpected(std::move(path.error()));
        }
        repository.path = without_trailing_slashes(*std::move(path));
    }
    if (query != std::string_view::npos) {
        for (const std::string& parameter : split(text.substr(query + 1), '&')) {
            if (auto put = put_parameter(repository, parameter); !put) {
                return tl::unexpected(std::move(put.error()));
            }
        }
    }
    if (repository.endpoint.empty() || repository.region.empty()) {
        return complain(
            fmt::format("has no {}", repository.endpoint.empty() ? "endpoint" : "region"),
            "Write s3://BUCKET/PREFIX?endpoint=HOST&region=NAME; a server that has no "
            "regions takes any name");
    }
    return repository;
}

// HOST or HOST:PORT of a repository host.
Parsed<BackupRepository> parse_repository_host(std::string_view text) {
    const auto hosts = parse_host_list(text, kBackupPort);
    if (!hosts || hosts->size() != 1) {
        return complain("names no repository host",
                        "Write pgbackrest://HOST or pgbackrest://HOST:PORT, an IPv6 address in "
                        "brackets");
    }
    BackupRepository repository{RepositoryKind::host, ""};
    repository.host = hosts->front();
    return repository;
}

// What citus-init writes itself, by the name without the number of a repository or a server.
bool is_taken(std::string_view name) {
    static const std::set<std::string_view> taken{"stanza",
                                                  "config",
                                                  "config-path",
                                                  "config-include-path",
                                                  "pg1-path",
                                                  "pg1-port",
                                                  "pg1-socket-path",
                                                  "pg1-user",
                                                  "pg1-database",
                                                  "pg1-host",
                                                  "repo1-type",
                                                  "repo1-path",
                                                  "repo1-host",
                                                  "repo1-host-type",
                                                  "repo1-host-port",
                                                  "repo1-host-ca-file",
                                                  "repo1-host-ca-path",
                                                  "repo1-host-cert-file",
                                                  "repo1-host-key-file",
                                                  "tls-server-address",
                                                  "tls-server-port",
                                                  "tls-server-ca-file",
                                                  "tls-server-cert-file",
                                                  "tls-server-key-file",
                                                  "tls-server-auth",
                                                  "repo1-s3-bucket",
                                                  "repo1-s3-endpoint",
                                                  "repo1-s3-region",
                                                  "repo1-s3-key",
                                                  "repo1-s3-key-secret",
                                                  "repo1-cipher-type",
                                                  "repo1-cipher-pass",
                                                  "repo1-retention-full",
                                                  "repo1-retention-diff",
                                                  "lock-path"};
    return taken.contains(name);
}

}  // namespace

Parsed<BackupRepository> parse_repository(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.starts_with(kPosix)) {
        return parse_posix(trimmed.substr(kPosix.size()));
    }
    if (trimmed.starts_with(kS3)) {
        return parse_s3(trimmed.substr(kS3.size()));
    }
    if (trimmed.starts_with(kHost)) {
        return parse_repository_host(trimmed.substr(kHost.size()));
    }
    return complain("is not a repository", kForms);
}

Parsed<HostPort> parse_backup_listen(std::string_view text) {
    auto address = parse_http_listen(text);
    if (!address) {
        return complain("is not [HOST]:PORT",
                        "Write :8432 for every IPv4 address, 10.0.0.5:8432 for one, [::]:8432 "
                        "for every address of both kinds");
    }
    if (address->host.empty()) {
        address->host = "0.0.0.0";
    }
    return address;
}

Parsed<std::string> parse_backup_name(std::string_view text) {
    constexpr std::size_t kLongest = 48;
    const std::string_view name = trim(text);
    if (!has_only(name, "._-") || name.size() > kLongest || !has_only(name.substr(0, 1), "")) {
        return complain("is not a name of a stanza",
                        "Use letters, digits, \".\", \"_\" and \"-\", 48 at most, a letter or a "
                        "digit first");
    }
    return std::string(name);
}

Parsed<std::string> parse_restore_point(std::string_view text) {
    constexpr std::size_t kLongest = 54;  // see backup::name_problem()
    const std::string_view name = trim(text);
    const std::string lower = to_lower(name);
    if (lower == "none") {
        return std::string();
    }
    if (lower == kLatestPoint) {
        return lower;
    }
    if (!has_only(name, "._-") || name.size() > kLongest || !has_only(name.substr(0, 1), "")) {
        return complain("is not a name of a restore point",
                        "Set it to one that `citus-init backups` lists, or to latest");
    }
    return std::string(name);
}

Parsed<std::vector<std::pair<std::string, std::string>>> parse_backup_options(
    std::string_view text) {
    std::vector<std::pair<std::string, std::string>> options;
    std::string words(text);
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; },
        ' ');
    for (const std::string& word : split(words, ' ')) {
        if (word.empty()) {
            continue;
        }
        const auto equals = word.find('=');
        std::string name = word.substr(0, equals);
        name.erase(0, name.starts_with("--") ? 2 : 0);
        // Only a well-formed name is quoted: the rest may be a key.
        if (equals == std::string::npos || equals + 1 == word.size() || !has_only(name, "-")) {
            return complain(
                fmt::format("is wrong in option {}, which is not name=value", options.size() + 1),
                "Write name=value, separated by blanks, for instance process-max=4 "
                "compress-type=zst");
        }
        if (is_taken(name)) {
            return complain(fmt::format("sets {}, which citus-init sets", name),
                            "Remove it: the variables CITUS_BACKUP_* decide");
        }
        options.emplace_back(std::move(name), word.substr(equals + 1));
    }
    return options;
}

Parsed<Secret> parse_backup_secret(std::string_view text) {
    if (has_control_character(text) || trim(text) != text) {
        return complain(
            "has a control character, or white space at an end, which pgBackRest's "
            "file cannot hold",
            "Choose a secret of one line without white space at its ends");
    }
    return Secret(std::string(text));
}

}  // namespace citus_init::settings
