#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/stop_record.h"
#include "citus_init/security/certificate_validity.h"

#include "doctor/readers.h"
#include "doctor/server_statements.h"

namespace citus_init::doctor {

namespace {

constexpr double kKilobyte = 1024;

struct Mount {
    std::string directory;
    std::string type;
    std::string options;
};

// /proc/self/mounts writes a blank of a path as \040 (proc(5), fstab(5)).
std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("\\040")) {
            result += ' ';
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::vector<Mount> mounts_in(const std::string& text) {
    std::vector<Mount> mounts;
    for (const std::string& line : split(text, '\n')) {
        const auto words = split(line, ' ');
        if (words.size() >= 4) {
            mounts.push_back({unescaped(words[1]), words[2], words[3]});
        }
    }
    return mounts;
}

// The last mount of the longest path is the one that is seen.
std::string file_system_of(const std::string& path, const std::vector<Mount>& mounts) {
    const Mount* found = nullptr;
    for (const Mount& mount : mounts) {
        const bool covers = mount.directory == "/" || is_within(path, mount.directory);
        if (covers && (found == nullptr || mount.directory.size() >= found->directory.size())) {
            found = &mount;
        }
    }
    return found == nullptr ? "" : found->type;
}

// tmpfs without a size may have half of the memory (tmpfs(5)).
std::optional<double> shared_memory_in(const std::vector<Mount>& mounts,
                                       const std::optional<double>& memory) {
    std::optional<double> size;
    for (const Mount& mount : mounts) {
        if (mount.directory != "/dev/shm" || mount.type != "tmpfs") {
            continue;
        }
        size = memory ? std::optional(*memory / 2) : std::nullopt;
        for (const std::string& option : split(mount.options, ',')) {
            constexpr std::string_view kSize = "size=";
            if (option.starts_with(kSize) && option.ends_with('k')) {
                const auto number = parse_integer(
                    std::string_view(option).substr(kSize.size(), option.size() - kSize.size() - 1),
                    0, 1LL << 50);
                size = number ? std::optional(static_cast<double>(*number) * kKilobyte) : size;
            }
        }
    }
    return size;
}

}  // namespace

ReadFile file_reader(citus::Session& session) {
    return [&session](const std::string& path) -> Result<std::string> {
        const auto rows = session.query(statement::kFile, {path});
        if (!rows) {
            return fail(ExitCode::unavailable, one_line(rows.error().text()));
        }
        if (rows->is_null(0, 0)) {
            return fail(ExitCode::unavailable,
                        fmt::format("\"{}\": No such file or directory", path));
        }
        return rows->at(0, 0);
    };
}

MachineFacts read_machine(const ReadFile& read, const std::string& data_directory) {
    MachineFacts facts;
    if (const auto limit = memory_limit(read)) {
        facts.memory_limit = limit->amount;
    }
    if (const auto meminfo = read("/proc/meminfo")) {
        facts.memory = meminfo_bytes(*meminfo, "MemTotal:");
    }
    if (const auto text = read("/proc/self/mounts")) {
        const auto mounts = mounts_in(*text);
        facts.file_system = file_system_of(data_directory, mounts);
        facts.shared_memory = shared_memory_in(mounts, facts.memory);
    }
    // It is removed by a stop that comes to its end.
    if (const auto text = read(postgres::kStopRecordName)) {
        facts.cut_off_stop = postgres::began_of_stop(*text);
    }
    return facts;
}

Result<std::optional<CertificateFacts>> read_certificate(const ReadFile& read,
                                                         const SettingFacts& settings) {
    const std::string file = settings.text("ssl_cert_file");
    if (settings.text("ssl") != "on" || file.empty()) {
        return std::optional<CertificateFacts>();
    }
    const auto pem = read(file);
    if (!pem) {
        return fail(pem.error());
    }
    const auto validity = security::certificate_validity(*pem);
    if (!validity) {
        return fail(validity.error().code,
                    fmt::format("\"{}\" {}", file, validity.error().message));
    }
    return std::optional(CertificateFacts{file, validity->start, validity->end});
}

}  // namespace citus_init::doctor
