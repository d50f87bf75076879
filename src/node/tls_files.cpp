#include "citus_init/node/tls_files.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "citus_init/base/secret.h"

namespace citus_init::node {

namespace {

struct TlsFile {
    const char* variable;
    const std::string& path;
    std::string_view begin;  // of its kind in PEM (RFC 7468); a key's kind goes before it
    const char* kind;
};

std::optional<settings::Problem> problem_of(const TlsFile& file, const Filesystem& files) {
    auto text = files.read(file.path);
    if (!text) {
        const std::string& message = text.error().message;
        return settings::Problem{
            file.variable, settings::shown(file.path),
            "cannot be read: " + message.substr(message.rfind(": ") + 2),
            "Mount it where the user that the server runs as can read it, or correct the path"};
    }
    const Secret content(std::move(*text));
    if (content.reveal().find(file.begin) != std::string::npos) {
        return std::nullopt;
    }
    return settings::Problem{file.variable, settings::shown(file.path),
                             std::string("holds no ") + file.kind + " in PEM",
                             "Set it to the file that does"};
}

}  // namespace

std::vector<settings::Problem> tls_file_problems(const settings::CitusSettings& settings,
                                                 const Filesystem& files) {
    std::vector<settings::Problem> problems;
    if (!settings.enable || settings.tls_ca_path.empty()) {
        return problems;
    }
    constexpr std::string_view kCertificate = "-----BEGIN CERTIFICATE-----";
    for (const TlsFile& file : std::array<TlsFile, 3>{
             {{"CITUS_TLS_CA_PATH", settings.tls_ca_path, kCertificate, "certificate"},
              {"CITUS_TLS_CERT_PATH", settings.tls_cert_path, kCertificate, "certificate"},
              {"CITUS_TLS_KEY_PATH", settings.tls_key_path, "PRIVATE KEY-----", "key"}}}) {
        if (auto problem = problem_of(file, files)) {
            problems.push_back(*std::move(problem));
        }
    }
    return problems;
}

}  // namespace citus_init::node
