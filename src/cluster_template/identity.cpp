#include "cluster_template/identity.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/wal_segment.h"
#include "citus_init/citus/session.h"

namespace citus_init::cluster_template {

namespace {

Status overwrite(const std::string& path, const std::string& content) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(fmt::format("cannot write \"{}\"", path), errno));
    }
    return write_all(file.get(), content, path);
}

Result<std::string> read_start(const std::string& path, std::size_t bytes) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string start(bytes, '\0');
    const ssize_t count = file ? ::pread(file.get(), start.data(), bytes, 0) : -1;
    if (count < 0) {
        return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
    }
    start.resize(static_cast<std::size_t>(count));
    return start;
}

Result<std::string> only_segment(const std::string& wal_directory) {
    auto names = RealFilesystem().list(wal_directory);
    if (!names) {
        return fail(names.error());
    }
    std::erase_if(*names, [](const auto& name) { return !parse_wal_segment(name); });
    if (names->size() != 1) {
        return fail(
            ExitCode::data_directory,
            fmt::format("\"{}\" has {} WAL segments instead of one", wal_directory, names->size()));
    }
    return fmt::format("{}/{}", wal_directory, names->front());
}

Status random_bytes(char* target, std::size_t count) {
    if (::getrandom(target, count, 0) != static_cast<ssize_t>(count)) {
        return fail(errno_error("cannot read random bytes", errno, ExitCode::os));
    }
    return {};
}

// For E'...', as initdb's escape_quotes().
std::string quoted(std::string_view text) {
    std::string result = "E'";
    for (const char c : text) {
        result.append(c == '\'' || c == '\\' ? 2 : 1, c);
    }
    return result + "'";
}

// Of a cluster of this variant, once it has its names.
bool is_missing(const std::string& database, const settings::Settings& settings, Variant variant) {
    const bool is_renamed = variant == Variant::other && database == settings.citus.database;
    return !database.empty() && !is_renamed && database != "postgres" && database != "template1" &&
           database != "template0";
}

std::string first_line_of(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

Result<postgres::ClusterIdentity> new_identity() {
    constexpr std::uint64_t kMicroseconds = 1'000'000;
    constexpr unsigned kSecondsShift = 32;
    constexpr unsigned kMicrosecondsShift = 12;
    constexpr std::uint64_t kLowBits = 0xFFF;
    postgres::ClusterIdentity identity;
    std::uint64_t random = 0;
    CITUS_INIT_TRY(random_bytes(identity.nonce.data(), identity.nonce.size()));
    CITUS_INIT_TRY(random_bytes(reinterpret_cast<char*>(&random), sizeof random));
    const auto now =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count());
    identity.system_identifier = (now / kMicroseconds) << kSecondsShift |
                                 (now % kMicroseconds) << kMicrosecondsShift | (random & kLowBits);
    return identity;
}

Status set_identity(const std::string& data_directory, const postgres::ClusterIdentity& identity) {
    constexpr std::size_t kLongHeader = 40;  // of a WAL segment's first page
    const std::string control_path = data_directory + "/global/pg_control";
    const auto control = RealFilesystem().read(control_path, read_limit::kRecord);
    if (!control) {
        return fail(control.error());
    }
    const auto before = postgres::parse_control_file(*control);
    const auto changed = postgres::control_file_with(*control, identity);
    if (!before || !changed) {
        return fail(ExitCode::data_directory,
                    fmt::format("\"{}\" {}", control_path,
                                before ? changed.error().message : before.error().message));
    }
    const auto segment = only_segment(data_directory + "/pg_wal");
    const auto start = segment ? read_start(*segment, kLongHeader) : fail(segment.error());
    if (!start) {
        return fail(start.error());
    }
    const auto page =
        postgres::wal_page_with(*start, before->system_identifier, identity.system_identifier);
    if (!page) {
        return fail(page.error().code, fmt::format("\"{}\" {}", *segment, page.error().message));
    }
    CITUS_INIT_TRY(overwrite(*segment, *page));
    return overwrite(control_path, *changed);
}

Variant variant_for(const settings::Settings& settings) {
    if (!settings.citus.enable) {
        return Variant::plain;
    }
    return settings.citus.database == "postgres" ? Variant::postgres : Variant::other;
}

std::optional<node::SingleUserSession> naming_session(const settings::Settings& settings) {
    constexpr const char* kEnd = ";\n\n";  // of a statement, see postgres -j
    const Variant variant = variant_for(settings);
    const std::string& user = settings.postgres.user;
    std::string text;
    if (user != kTemplateSuperuser) {
        text += fmt::format("UPDATE pg_catalog.pg_authid SET rolname = {} WHERE oid = 10{}",
                            quoted(user), kEnd);
    }
    if (const auto password = first_line_of(settings.postgres.password.reveal());
        !password.empty()) {
        text += fmt::format("ALTER USER {} WITH PASSWORD {}{}", citus::quote_identifier(user),
                            quoted(password), kEnd);
    }
    if (variant == Variant::other) {
        text += fmt::format("UPDATE pg_catalog.pg_database SET datname = {} WHERE datname = '{}'{}",
                            quoted(settings.citus.database), kOtherDatabase, kEnd);
    }
    if (const auto& database = settings.postgres.database;
        is_missing(database, settings, variant)) {
        text += fmt::format("CREATE DATABASE {}{}", citus::quote_identifier(database), kEnd);
    }
    // As citus_server_id() makes one.
    if (variant != Variant::plain) {
        text += fmt::format(
            "UPDATE pg_catalog.pg_dist_node_metadata SET metadata = jsonb_set(metadata, "
            "'{{server_id}}', to_jsonb(gen_random_uuid()::text)){}",
            kEnd);
    }
    if (text.empty()) {
        return std::nullopt;
    }
    const char* database = variant == Variant::plain      ? "template1"
                           : variant == Variant::postgres ? "postgres"
                                                          : kOtherDatabase;
    return node::SingleUserSession{database, "",  std::move(text), "name the copy of the template",
                                   "",       true};
}

bool can_be_named(const settings::Settings& settings) {
    return settings.postgres.user.find('\n') == std::string::npos &&
           settings.postgres.database.find('\n') == std::string::npos &&
           settings.citus.database.find('\n') == std::string::npos;
}

}  // namespace citus_init::cluster_template
