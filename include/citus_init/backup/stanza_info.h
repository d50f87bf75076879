#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::backup {

// A cluster that a stanza has been used for; the last one is the current one.
struct StanzaDatabase {
    std::string system_identifier;
    std::string version;  // "15"
    bool operator==(const StanzaDatabase&) const = default;
};

// What `pgbackrest info --output=json` says of one stanza.
struct StanzaInfo {
    int code = 0;  // 0 is ok, 1 missing, 2 without backups; 99: `message` says what is wrong
    std::string message;
    std::vector<StanzaDatabase> databases;
    bool operator==(const StanzaInfo&) const = default;
};

// Error `software`: the text is not that. Unknown fields are ignored. Pure, for any bytes.
[[nodiscard]] Result<StanzaInfo> parse_stanza_info(std::string_view json,
                                                   const std::string& stanza);

}  // namespace citus_init::backup
