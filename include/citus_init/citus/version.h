#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace citus_init::citus {

// A version of Citus as its extension spells it: "13.2-1" is 13.2, SQL patch 1.
struct ExtensionVersion {
    int major = 0;
    int minor = 0;
    int sql_patch = 0;

    std::string text() const;
    // 1302 for 13.2, whatever the SQL patch.
    int release() const { return major * 100 + minor; }
    bool operator==(const ExtensionVersion&) const = default;
    bool operator<(const ExtensionVersion& other) const;
};

// "13.2-1", "13.2" (SQL patch 0); nothing else.
std::optional<ExtensionVersion> parse_extension_version(std::string_view text);

// Which updates of the extension are ours to make: CITUS_AUTO_UPGRADE.
enum class UpgradePolicy { off, minor, major };

enum class UpgradeDecision {
    none,           // the installed extension is what the library brings
    update,         // ALTER EXTENSION citus UPDATE
    not_allowed,    // an update is due that the policy leaves to the operator
    library_older,  // nothing may be done: an old library crashes on a newer catalog
};

// `installed`: in the database; `available`: what the files beside the library bring.
UpgradeDecision decide_upgrade(const ExtensionVersion& installed, const ExtensionVersion& available,
                               UpgradePolicy policy);

}  // namespace citus_init::citus
