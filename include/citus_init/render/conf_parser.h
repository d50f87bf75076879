#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/filesystem.h"

namespace citus_init::render {

// One "name = value" line, the value without quotes and escapes.
struct ConfEntry {
    std::string name;  // as written; PostgreSQL compares names without regard to case
    std::string value;
    std::string file;
    int line = 0;
    bool operator==(const ConfEntry&) const = default;
};

struct ConfError {
    std::string file;
    int line = 0;  // 0: the file as a whole
    std::string reason;
};

// One file that was read, for a fingerprint of everything that a server would read.
struct ConfFile {
    std::string path;
    std::string content;
};

struct ParsedConf {
    std::vector<ConfEntry> entries;  // in reading order: the last of one name wins
    std::vector<ConfError> errors;   // a server would not start with any of these
    std::vector<ConfFile> files;
};

// Reads a postgresql.conf and what it includes, as PostgreSQL's guc-file.l: `include`,
// `include_if_exists` and `include_dir` relative to the file that holds them, ten files deep.
// A missing `path` is an error. Reads files only.
ParsedConf parse_conf_file(const std::string& path, const Filesystem& files);

// The same for a text that is, or would be, the file `path`.
ParsedConf parse_conf_text(std::string_view text, const std::string& path, const Filesystem& files);

// A value as it stands behind the `=`: always in quotes, every byte but NUL survives the way there
// and back.
std::string quote_conf_value(std::string_view value);

// Whether a file may hold it as a name: "work_mem", "citus.shard_count". The include directives
// are no names.
bool is_conf_name(std::string_view name);

}  // namespace citus_init::render
