#include "citus_init/postgres/stop_record.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>

#include <nlohmann/json.hpp>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/node_marker.h"

namespace citus_init::postgres {

namespace {

struct StopRecord {
    std::string began;
    std::uint64_t directory_id = 0;
    bool reported = false;
};

std::string path_of(const std::string& data_directory) {
    return data_directory + "/" + kStopRecordName;
}

void write(const std::string& data_directory, const StopRecord& record) {
    const nlohmann::json json{{"began", record.began},
                              {"directory_id", record.directory_id},
                              {"reported", record.reported}};
    std::ofstream(path_of(data_directory)) << json.dump() << '\n';
}

std::optional<StopRecord> parse(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const StopRecord record{text_at(json, "began"),
                            static_cast<std::uint64_t>(number_at(json, "directory_id").value_or(0)),
                            flag_at(json, "reported")};
    return record.began.empty() ? std::nullopt : std::optional(record);
}

}  // namespace

void note_stop(const std::string& data_directory) {
    write(data_directory, {utc_now(), directory_id(data_directory), false});
}

void forget_stop(const std::string& data_directory) {
    ::unlink(path_of(data_directory).c_str());
}

std::optional<std::string> take_cut_off_stop(const std::string& data_directory) {
    const auto text = RealFilesystem().read(path_of(data_directory));
    auto record = parse(text.value_or(""));
    const bool means_something = record && record->directory_id == directory_id(data_directory) &&
                                 !was_cleanly_shut_down(RealFilesystem(), data_directory);
    if (!means_something) {
        forget_stop(data_directory);
        return std::nullopt;
    }
    if (record->reported) {
        return std::nullopt;
    }
    record->reported = true;
    write(data_directory, *record);
    return record->began;
}

std::string began_of_stop(const std::string& text) {
    const auto record = parse(text);
    return record ? record->began : "";
}

}  // namespace citus_init::postgres
