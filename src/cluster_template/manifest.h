#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"

#include "cluster_template/digest.h"
#include "cluster_template/origin.h"

namespace citus_init::cluster_template {

// A file or directory of a cluster, made of an object.
struct Entry {
    std::string path;  // relative to the data directory; a directory comes before what is in it
    mode_t mode = 0;
    bool is_directory = false;
    std::optional<std::size_t> object;  // none: an empty file
    std::uint64_t size = 0;             // of the file: zeros follow the object's content
    bool operator==(const Entry&) const = default;
};

// What a first start asks for beyond the origin.
enum class Variant {
    plain,     // without Citus
    postgres,  // Citus in the database "postgres"
    other,     // Citus in a database of its own, kOtherDatabase
};
inline constexpr const char* kOtherDatabase = "citus_init_template";
// The superuser of a template.
inline constexpr const char* kTemplateSuperuser = "postgres";

const char* variant_name(Variant variant);

// "DIRECTORY/manifest.json": what the template was made from, and its clusters. Files of the same
// content share an object, a part of "DIRECTORY/objects".
struct Manifest {
    std::string program_version;
    std::string postgres_version;
    std::string citus_version;  // "" = none
    std::string created;        // RFC 3339 UTC
    std::string cluster;        // for people: encoding, locale, checksums
    Origin origin;
    std::vector<Digest> objects;
    std::map<Variant, std::vector<Entry>> variants;
    bool operator==(const Manifest&) const = default;
};

std::string manifest_text(const Manifest& manifest);
// Errors: `data_directory`; the text is no manifest that this program knows.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

}  // namespace citus_init::cluster_template
