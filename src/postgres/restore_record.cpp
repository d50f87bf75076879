#include "citus_init/postgres/restore_record.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/json_fields.h"

#include "postgres/optional_record.h"

namespace citus_init::postgres {

namespace {

using RecordJson = nlohmann::ordered_json;

constexpr std::array kRestorePhases{RestorePhase::replacing, RestorePhase::files,
                                    RestorePhase::moving,    RestorePhase::recovering,
                                    RestorePhase::settling,  RestorePhase::restored};

std::string restore_record_path(const std::string& data_directory) {
    return fmt::format("{}/{}", data_directory, kRestoreRecordName);
}

Error wrong_restore_record(std::string_view what) {
    return {ExitCode::data_directory,
            fmt::format("\"{}\" {}, so it is unknown how far the restore of this data directory "
                        "came. Empty the data directory, and start again with CITUS_RESTORE.",
                        kRestoreRecordName, what)};
}

template <typename Number>
Number whole_at(const RecordJson& json, const char* key) {
    const auto number = number_at(json, key).value_or(0);
    return number < 0 || number > std::numeric_limits<Number>::max() ? Number(0)
                                                                     : static_cast<Number>(number);
}

RestoredGroup group_of(const RecordJson& json) {
    return {whole_at<int>(json, "group"),
            {text_at(json, "host"), whole_at<std::uint16_t>(json, "port")},
            text_at(json, "system_identifier")};
}

}  // namespace

const char* restore_phase_name(RestorePhase phase) {
    switch (phase) {
        case RestorePhase::replacing:
            return "replacing";
        case RestorePhase::files:
            return "files";
        case RestorePhase::moving:
            return "moving";
        case RestorePhase::recovering:
            return "recovering";
        case RestorePhase::settling:
            return "settling";
        case RestorePhase::restored:
            return "restored";
    }
    return "files";
}

std::string restore_record_text(const RestoreRecord& record) {
    auto groups = RecordJson::array();
    for (const auto& group : record.groups) {
        groups.push_back({{"group", group.group},
                          {"host", group.address.host},
                          {"port", group.address.port},
                          {"system_identifier", group.system_identifier}});
    }
    return json_text(RecordJson{{"phase", restore_phase_name(record.phase)},
                                {"point", record.point},
                                {"target", record.target},
                                {"stanza", record.stanza},
                                {"label", record.label},
                                {"group", record.group},
                                {"timeline", record.timeline},
                                {"system_identifier", record.system_identifier},
                                {"has_citus", record.has_citus},
                                {"is_ordered", record.is_ordered},
                                {"to_end_of_wal", record.to_end_of_wal},
                                {"groups", std::move(groups)},
                                {"citus_init", record.program_version},
                                {"created", record.created}});
}

Result<RestoreRecord> parse_restore_record(const std::string& text) {
    const auto json = RecordJson::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return fail(wrong_restore_record("is not a JSON object"));
    }
    const auto* phase = std::find_if(
        kRestorePhases.begin(), kRestorePhases.end(),
        [&](RestorePhase known) { return text_at(json, "phase") == restore_phase_name(known); });
    RestoreRecord record;
    record.point = text_at(json, "point");
    record.target = text_at(json, "target");
    record.stanza = text_at(json, "stanza");
    record.label = text_at(json, "label");
    record.group = whole_at<int>(json, "group");
    record.timeline = whole_at<int>(json, "timeline");
    record.system_identifier = text_at(json, "system_identifier");
    record.has_citus = flag_at(json, "has_citus");
    record.is_ordered = flag_at(json, "is_ordered");
    record.to_end_of_wal = flag_at(json, "to_end_of_wal");
    record.program_version = text_at(json, "citus_init");
    record.created = text_at(json, "created");
    if (const auto groups = json.find("groups"); groups != json.end() && groups->is_array()) {
        std::transform(groups->begin(), groups->end(), std::back_inserter(record.groups), group_of);
    }
    record.phase = phase == kRestorePhases.end() ? RestorePhase::files : *phase;
    const bool is_planned = !record.target.empty() && !record.stanza.empty() &&
                            !record.label.empty() && record.timeline > 0 && !record.groups.empty();
    if (phase == kRestorePhases.end() || record.point.empty() || record.system_identifier.empty() ||
        (!is_planned && record.phase != RestorePhase::replacing)) {
        return fail(wrong_restore_record("has no known phase, or lacks something"));
    }
    return record;
}

Result<std::optional<RestoreRecord>> read_restore_record(const Filesystem& files,
                                                         const std::string& data_directory) {
    return read_optional_record(files, restore_record_path(data_directory), parse_restore_record);
}

Status write_restore_record(const std::string& data_directory, const RestoreRecord& record) {
    return write_file_atomically(restore_record_path(data_directory), restore_record_text(record),
                                 0600);
}

Status remove_restore_record(const std::string& data_directory) {
    CITUS_INIT_TRY(remove_file(restore_record_path(data_directory)));
    return fsync_directory(data_directory);
}

}  // namespace citus_init::postgres
