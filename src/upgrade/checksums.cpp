#include "upgrade/checksums.h"

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/private_server/private_server.h"
#include "citus_init/private_server/run_program.h"

namespace citus_init::upgrade {

using private_server::PrivateServer;

namespace {

// pg_checksums --check reads all pages, fails where one is damaged, and needs a clean shutdown.
Result<bool> has_checksums(const std::string& data_directory) {
    const std::string path = data_directory + "/global/pg_control";
    const auto bytes = RealFilesystem().read(path, read_limit::kRecord);
    if (!bytes) {
        return fail(bytes.error());
    }
    auto has = postgres::has_data_checksums(*bytes);
    if (!has) {
        return fail(has.error().code, fmt::format("\"{}\" {}", path, has.error().message));
    }
    return has;
}

Status recover(const private_server::ClusterPlace& place,
               const private_server::PrivateSocket& socket, const std::string& log_path) {
    auto running = PrivateServer::start(place, socket, log_path);
    return running ? running->stop() : Status(fail(running.error()));
}

}  // namespace

Status switch_checksums_on(const private_server::ClusterPlace& place,
                           const private_server::PrivateSocket& socket,
                           const std::string& log_directory) {
    const auto has = has_checksums(place.data_directory);
    if (!has || *has) {
        return has ? Status() : Status(fail(has.error()));
    }
    if (!postgres::was_cleanly_shut_down(RealFilesystem(), place.data_directory)) {
        CITUS_INIT_TRY(recover(place, socket, log_directory + "/new_server.log"));
    }
    log::info("switching data checksums on");
    return private_server::run_program(
        {place.bin_directory + "/pg_checksums", "--enable", "-D", place.data_directory},
        log_directory + "/pg_checksums.log", "pg_checksums --enable");
}

}  // namespace citus_init::upgrade
