#include "citus_init/backup/stanza_info.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/utf8.h"

namespace citus_init::backup {

namespace {

using Json = nlohmann::json;

const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    return object.is_object() && object.contains(key) ? object[key] : nothing;
}

int integer_at(const Json& object, const char* key) {
    return static_cast<int>(number_at(object, key).value_or(0));
}

// A number that exceeds what a signed one holds.
std::string number_text(const Json& number) {
    return number.is_number_integer() ? number.dump() : "";
}

std::string message_of(const Json& stanza) {
    for (const Json& repository : at(stanza, "repo")) {
        const Json& status = at(repository, "status");
        if (number_at(status, "code").value_or(0) != 0) {
            return text_at(status, "message");
        }
    }
    return text_at(at(stanza, "status"), "message");
}

BaseBackup backup_of(const Json& json) {
    BaseBackup backup;
    backup.label = text_at(json, "label");
    backup.type = text_at(json, "type");
    backup.database_id = integer_at(at(json, "database"), "id");
    backup.has_errors = flag_at(json, "error");
    backup.start = number_at(at(json, "timestamp"), "start").value_or(0);
    backup.stop = number_at(at(json, "timestamp"), "stop").value_or(0);
    backup.wal_start = text_at(at(json, "archive"), "start");
    backup.wal_stop = text_at(at(json, "archive"), "stop");
    const Json& info = at(json, "info");
    backup.size = number_at(info, "size").value_or(0);
    backup.read = number_at(info, "delta").value_or(0);
    backup.repository_size = number_at(at(info, "repository"), "delta").value_or(0);
    return backup;
}

StanzaInfo stanza_of(const Json& json) {
    StanzaInfo info;
    info.name = text_at(json, "name");
    info.code = integer_at(at(json, "status"), "code");
    info.message = message_of(json);
    for (const Json& database : at(json, "db")) {
        info.databases.push_back({number_text(at(database, "system-id")),
                                  text_at(database, "version"), integer_at(database, "id")});
    }
    for (const Json& backup : at(json, "backup")) {
        info.backups.push_back(backup_of(backup));
    }
    for (const Json& archive : at(json, "archive")) {
        info.archives.push_back({integer_at(at(archive, "database"), "id"), text_at(archive, "min"),
                                 text_at(archive, "max")});
    }
    return info;
}

}  // namespace

bool StanzaInfo::is_unreadable() const {
    constexpr int kUnreadable = 99;
    return code == kUnreadable;
}

const BaseBackup* StanzaInfo::find(const std::string& label) const {
    const auto found = std::find_if(backups.begin(), backups.end(), [&](const BaseBackup& each) {
        return each.label == label && !databases.empty() && each.database_id == databases.back().id;
    });
    return found == backups.end() ? nullptr : &*found;
}

const BaseBackup* StanzaInfo::latest() const {
    return latest_for({});
}
const BaseBackup* StanzaInfo::latest_for(const WalHistory& wal) const {
    const auto found = std::find_if(backups.rbegin(), backups.rend(), [&](const BaseBackup& each) {
        return !databases.empty() && each.database_id == databases.back().id &&
               (wal.last.empty() || has_written(wal, each.wal_stop));
    });
    return found == backups.rend() ? nullptr : &*found;
}

namespace {

// With a wrong passphrase pgBackRest quotes bytes of the encrypted file as they are.
std::string as_json(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, length);
        const bool is_allowed = length > 0 && (character == "\n" || character == "\t" ||
                                               !has_control_character(character));
        result += is_allowed ? character : std::string_view("?");
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

}  // namespace

Result<std::vector<StanzaInfo>> parse_repository_info(std::string_view json) {
    const Json all = Json::parse(as_json(json), nullptr, false);
    if (!all.is_array()) {
        return fail(ExitCode::software, "the output of `pgbackrest info` is no list of stanzas");
    }
    std::vector<StanzaInfo> stanzas;
    for (const Json& each : all) {
        stanzas.push_back(stanza_of(each));
    }
    return stanzas;
}

Result<StanzaInfo> parse_stanza_info(std::string_view json, const std::string& stanza) {
    auto stanzas = parse_repository_info(json);
    const StanzaInfo* found = stanzas ? find_stanza(*stanzas, stanza) : nullptr;
    if (found == nullptr) {
        return fail(ExitCode::software,
                    fmt::format("pgbackrest info says nothing of the stanza {}", stanza));
    }
    return *found;
}

const StanzaInfo* find_stanza(const std::vector<StanzaInfo>& stanzas, const std::string& name) {
    const auto found = std::find_if(stanzas.begin(), stanzas.end(),
                                    [&](const StanzaInfo& each) { return each.name == name; });
    return found == stanzas.end() ? nullptr : &*found;
}

}  // namespace citus_init::backup
