#include "citus_init/doctor/examination.h"

#include <gnu/libc-version.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/disk_space.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/sqlstate.h"

#include "doctor/known_shards.h"
#include "doctor/readers.h"
#include "doctor/server_statements.h"

namespace citus_init::doctor {

namespace {

constexpr std::chrono::milliseconds kConnectTimeout{3'000};
constexpr std::chrono::milliseconds kStatementDeadline{5'000};  // the server's limit is shorter
constexpr std::chrono::milliseconds kRepairDeadline{300'000};
constexpr std::size_t kMostThreads = 8;

void read_all_files(const ReadFile& read, const std::string& data_directory, NodeFacts& facts) {
    facts.machine = read_machine(read, data_directory);
    auto certificate = facts.settings ? read_certificate(read, *facts.settings)
                                      : std::optional<CertificateFacts>();
    if (certificate) {
        facts.certificate = std::move(*certificate);
    } else {
        facts.unread.push_back("certificate: " + certificate.error().message);
    }
}

std::optional<DiskSpace> disk_of(const std::string& data_directory) {
    const auto space = disk_space(data_directory);
    return space ? std::optional(*space) : std::nullopt;
}

// The readers of one node, until its server does not answer any more.
class NodeExamination {
  public:
    NodeExamination(citus::Session& session, NodeFacts& facts) : session_(session), facts_(facts) {}

    void run() {
        if (const auto set = session_.query(statement::kPrologue); !set) {
            facts_.trouble = one_line(set.error().text());
            return;
        }
        read(facts_.server, "versions", citus::read_server_facts);
        read(facts_.clock, "clock", read_clock);
        read(facts_.database, "database", read_database);
        read(facts_.libraries, "collation versions", read_libraries);
        if (facts_.is_own && facts_.libraries && facts_.libraries->libc.empty()) {
            facts_.libraries->libc = ::gnu_get_libc_version();  // the same container's
        }
        read(facts_.settings, "settings", read_settings);
        read(facts_.sessions, "sessions", read_sessions);
        if (!facts_.is_standby) {
            read_what_is_copied();
        }
        read(facts_.objects, "roles and extensions", read_objects);
        read_files();
    }

  private:
    bool has_citus() const { return facts_.server && facts_.server->extension; }

    // A standby has it from its leader.
    void read_what_is_copied() {
        read(facts_.catalog, "catalog", [this](citus::Session& session) {
            return read_catalog(session, has_citus(), facts_.is_coordinator);
        });
        read(facts_.leftovers, "leftovers", [this](citus::Session& session) {
            return read_leftovers(session, has_citus(), facts_.is_coordinator);
        });
    }

    template <typename T, typename Read>
    void read(std::optional<T>& part, std::string_view name, const Read& read_part) {
        if (!facts_.trouble.empty()) {
            return;
        }
        citus::SqlResult<T> result = read_part(session_);
        if (result) {
            part = std::move(*result);
        } else if (result.error().sqlstate.starts_with(citus::sqlstate::kConnectionException)) {
            facts_.trouble = one_line(result.error().text());
        } else {
            facts_.unread.push_back(fmt::format("{}: {}", name, one_line(result.error().text())));
        }
    }

    void read_files() {
        if (!facts_.trouble.empty() || !facts_.settings || !facts_.server ||
            !facts_.server->superuser) {
            return;
        }
        const std::string directory = facts_.settings->text("data_directory");
        read_all_files(file_reader(session_), directory, facts_);
        if (facts_.is_own) {
            facts_.machine.disk = disk_of(directory);
        }
    }

    citus::Session& session_;
    NodeFacts& facts_;
};

}  // namespace

citus::ConnectionTarget with_limits(citus::ConnectionTarget target) {
    target.connect_timeout = std::min(target.connect_timeout, kConnectTimeout);
    target.statement_deadline = kStatementDeadline;
    target.application_name = "citus-init doctor";
    return target;
}

citus::ConnectionTarget for_repair(citus::ConnectionTarget target) {
    target = with_limits(std::move(target));
    target.statement_deadline = kRepairDeadline;
    return target;
}

std::vector<NodeFacts> examine(citus::Connector& connector, std::vector<Subject> subjects) {
    in_parallel(subjects.size(), kMostThreads, [&](std::size_t index) {
        Subject& subject = subjects[index];
        auto session = connector.connect(with_limits(subject.target));
        if (!session) {
            subject.facts.trouble = one_line(session.error().text());
            return;
        }
        NodeExamination(**session, subject.facts).run();
    });
    drop_known_shards(connector, subjects);
    std::vector<NodeFacts> nodes;
    nodes.reserve(subjects.size());
    for (Subject& subject : subjects) {
        nodes.push_back(std::move(subject.facts));
    }
    return nodes;
}

void examine_own_files(NodeFacts& own, const std::string& data_directory) {
    const RealFilesystem files;
    const std::string directory = files.resolve(data_directory);
    const ReadFile read = [&](const std::string& path) {
        return files.read(path.starts_with('/') ? path : directory + "/" + path);
    };
    read_all_files(read, directory, own);
    own.machine.disk = disk_of(directory);
}

}  // namespace citus_init::doctor
