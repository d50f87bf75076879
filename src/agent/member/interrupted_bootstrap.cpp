#include "agent/member/interrupted_bootstrap.h"

#include <string>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/ha/patroni/client/initialize_key.h"
#include "citus_init/network/node_names.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/creation_record.h"

namespace citus_init::agent {

namespace {

using postgres::CreationRecord;
using postgres::CreationState;

Status refuse(const std::string& path, const char* why) {
    return fail(ExitCode::data_directory,
                fmt::format("the first start on data directory \"{0}\" was cut off, and whether "
                            "its bootstrap had been completed is not known: {2}. Nothing was "
                            "changed. If the member has led its group since, the cluster is whole: "
                            "remove \"{1}\". Else move the data directory away.",
                            path, postgres::creation_record_path(path), why));
}

// Set aside; the record is written first, since the directory itself no longer says so afterwards.
Status set_aside(const settings::Settings& settings, CreationRecord& record) {
    const std::string& path = settings.postgres.data_directory;
    record.was_interrupted = true;
    CITUS_INIT_TRY(postgres::write_creation_record(path, record));
    const auto aside = postgres::set_incomplete_aside(path, settings.postgres.initdb_waldir,
                                                      CreationState::unfinished_bootstrap);
    return aside ? Status() : Status(fail(aside.error()));
}

Status release_key(const settings::Settings& settings, patroni::EtcdClient& etcd,
                   const patroni::InitializeKey& key, CreationRecord record) {
    const auto released = patroni::release_initialize_key(etcd, *settings.patroni, key);
    if (!released) {
        return fail(released.error());
    }
    if (*released) {
        log::info("group {}: its bootstrap was cut off, a member begins anew",
                  settings.patroni->group);
    }
    record.was_interrupted = false;
    return postgres::write_creation_record(settings.postgres.data_directory, record);
}

}  // namespace

Status settle_interrupted_bootstrap(const settings::Settings& settings, patroni::EtcdClient* etcd) {
    const std::string& path = settings.postgres.data_directory;
    const RealFilesystem files;
    auto found = postgres::read_creation_record(files, path);
    if (!found) {
        return fail(found.error());
    }
    if (!*found) {
        return {};
    }
    CreationRecord record = **found;
    const bool is_open =
        postgres::inspect_creation(files, path, record) == CreationState::unfinished_bootstrap;
    if (!is_open && !record.was_interrupted) {
        return {};
    }
    if (etcd == nullptr) {
        return is_open ? refuse(path, "it is only read from etcd") : Status();
    }
    const auto key = patroni::read_initialize_key(*etcd, *settings.patroni, network::host_name());
    if (!key) {
        return fail(key.error());
    }
    if (is_open) {
        const auto control = postgres::read_control_file(files, path);
        if (control && std::to_string(control->system_identifier) == key->system_identifier) {
            return postgres::remove_creation_record(path);
        }
        if (!key->exists) {  // a store that has lost its data must not cost this data as well
            return refuse(path, "etcd has no key \"initialize\" of the group");
        }
        CITUS_INIT_TRY(set_aside(settings, record));
    }
    return release_key(settings, *etcd, *key, record);
}

}  // namespace citus_init::agent
