#include "citus_init/backup/stanza_info.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

namespace citus_init::backup {

namespace {

using Json = nlohmann::json;

const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    return object.is_object() && object.contains(key) ? object[key] : nothing;
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

}  // namespace

Result<StanzaInfo> parse_stanza_info(std::string_view json, const std::string& stanza) {
    const Json all = Json::parse(json, nullptr, false);
    if (all.is_array()) {
        for (const Json& each : all) {
            if (text_at(each, "name") != stanza) {
                continue;
            }
            StanzaInfo info;
            info.code = static_cast<int>(number_at(at(each, "status"), "code").value_or(0));
            info.message = message_of(each);
            for (const Json& database : at(each, "db")) {
                info.databases.push_back(
                    {number_text(at(database, "system-id")), text_at(database, "version")});
            }
            return info;
        }
    }
    return fail(ExitCode::software,
                fmt::format("pgbackrest info says nothing of the stanza {}", stanza));
}

}  // namespace citus_init::backup
