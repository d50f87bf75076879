#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/backup/configuration.h"
#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"

namespace citus_init::backup {

// How a node has its repository host run pgBackRest (ADR 85). `backup` reads the node's data
// directory from there, and repo-rm fails over TLS (2.45 to 2.55). Both sides exchange files in
// the repository, below kRequestDirectory, that the node reads and writes by repo-get and
// repo-put:
//
//   ID.request    the node's: what is to be run
//   ID.alive      the node's, again each few seconds: somebody waits for the end
//   ID.cancel     the node's: the run is to be ended
//   ID.read       the node's: it has the last answer, all files of this ID may go
//   ID.running    the host's: ID.request, renamed, so that no request is run twice
//   ID.answer.N   the host's: what the run has written since the answer before, N from 0
inline constexpr const char* kRequestDirectory = "citus-init/requests";

enum class HostCommand { backup, remove_point };

struct HostRequest {
    std::string id;  // 32 hexadecimal digits, another one for each request
    HostCommand command = HostCommand::backup;
    // Of `backup`:
    std::string stanza{};
    std::string type{};      // full, diff, incr
    HostPort node{"", 0};    // where the node's `pgbackrest server` listens
    LocalCluster cluster{};  // as pgBackRest on the node reaches it
    // Of `remove_point`:
    std::string cluster_name{};  // CITUS_BACKUP_NAME
    std::string point{};
};

enum class RequestFileKind { request, alive, cancel, read, running, answer };
struct RequestFile {
    std::string id;
    RequestFileKind kind = RequestFileKind::request;
    int number = 0;  // of an answer
};

// Of a name in kRequestDirectory; none: no file of ours. Pure.
std::optional<RequestFile> parse_request_file(std::string_view name);
// Pure.
std::string request_file_name(const RequestFile& file);

// JSON. Pure.
std::string render_host_request(const HostRequest& request);
// `id`: of the file's name. Error `usage`: what is wrong with the first field that cannot be used.
// Every field is checked: nothing of a request that was taken can be an option or a path of
// another file of the repository. Pure, for any bytes.
[[nodiscard]] Result<HostRequest> parse_host_request(std::string_view json, const std::string& id);

// pgBackRest's words on the repository host, without the program and --config. Pure.
std::vector<std::string> arguments_of(const HostRequest& request, const LocalFiles& host);

// What a run has written since the last answer.
struct HostAnswer {
    std::string output{};     // stdout; bytes that are no UTF-8 are replaced
    std::string errors{};     // stderr
    std::optional<int> code;  // its exit code, 128 + N for signal N; none: it goes on
    std::string failure{};  // why there is no end of its own, a sentence; "" = there is, or will be

    bool is_last() const { return code || !failure.empty(); }
};
std::string render_host_answer(const HostAnswer& answer);
// Error `software`: no answer. Pure, for any bytes.
[[nodiscard]] Result<HostAnswer> parse_host_answer(std::string_view json);

}  // namespace citus_init::backup
