#include "supervisor/patroni/member_creation.h"

#include <ctime>
#include <optional>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/creation_record.h"
#include "citus_init/settings/standby_cluster.h"

namespace citus_init::supervisor {

using postgres::CreationRecord;
using postgres::CreationState;

namespace {

struct Creation {
    std::optional<CreationRecord> record;
    CreationState state = CreationState::nothing;
};

Result<Creation> inspect(const Member& member) {
    const std::string& path = member.node.data_directory;
    const RealFilesystem files;
    auto record = postgres::read_creation_record(files, path);
    if (!record) {
        return fail(record.error());
    }
    return Creation{*record, postgres::inspect_creation(files, path, *record)};
}

// A standby cluster's bootstrap is a copy, which looks like that of a replica.
bool is_of_a_bootstrap(const Member& member, const Creation& creation) {
    if (!creation.record) {
        return false;
    }
    const bool is_first_copy = creation.state == CreationState::interrupted_copy &&
                               creation.record->replaced_control_ns == 0;
    return creation.state == CreationState::interrupted_initdb ||
           creation.state == CreationState::unfinished_bootstrap ||
           (is_first_copy && settings::has_standby_cluster(member.patroni()));
}

Status set_aside(const Member& member, Creation creation) {
    const std::string& path = member.node.data_directory;
    if (creation.record) {
        // First: the directory itself no longer says so afterwards.
        creation.record->was_interrupted = true;
        CITUS_INIT_TRY(postgres::write_creation_record(path, *creation.record));
    }
    const auto aside = postgres::set_incomplete_aside(
        path, member.node.settings.postgres.initdb_waldir, creation.state);
    return aside ? Status() : Status(fail(aside.error()));
}

}  // namespace

Status settle_creation(const Member& member) {
    const auto creation = inspect(member);
    if (!creation) {
        return fail(creation.error());
    }
    switch (creation->state) {
        case CreationState::nothing:
        case CreationState::unfinished_bootstrap:
            return {};
        case CreationState::complete:
            return creation->record ? postgres::remove_creation_record(member.node.data_directory)
                                    : Status();
        case CreationState::interrupted_copy:
        case CreationState::interrupted_initdb:
        case CreationState::damaged:
            return set_aside(member, *creation);
    }
    return {};
}

bool is_interrupted_bootstrap(const Member& member) {
    const auto creation = inspect(member);
    return creation && is_of_a_bootstrap(member, *creation);
}

bool has_creation_record(const Member& member) {
    return RealFilesystem().exists(postgres::creation_record_path(member.node.data_directory));
}

Status begin_creation(const Member& member) {
    const std::string& path = member.node.data_directory;
    if (has_creation_record(member)) {
        return {};
    }
    const RealFilesystem files;
    CreationRecord record;
    record.began = std::time(nullptr);
    if (const auto control = files.status(path + "/global/pg_control")) {
        record.replaced_control_ns = control->modified_ns;
    }
    return postgres::write_creation_record(path, record);
}

void note_bootstrap_to_stop(const Member& member) {
    auto creation = inspect(member);
    if (!creation || !is_of_a_bootstrap(member, *creation)) {
        return;
    }
    creation->record->was_interrupted = true;
    if (Status noted =
            postgres::write_creation_record(member.node.data_directory, *creation->record);
        !noted) {
        log::warning("{}", noted.error().message);
    }
}

void end_idle_creation(const Member& member) {
    const auto creation = inspect(member);
    if (creation && creation->record && creation->state == CreationState::nothing &&
        !creation->record->was_interrupted) {
        end_creation(member);
    }
}

void end_creation(const Member& member) {
    if (Status removed = postgres::remove_creation_record(member.node.data_directory); !removed) {
        log::warning("{}", removed.error().message);
    }
}

}  // namespace citus_init::supervisor
