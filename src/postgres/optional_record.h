#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// What `parse`, from a text to a Result, makes of a file of ours; none where there is no such file.
template <typename Parse>
auto read_optional_record(const Filesystem& files, const std::string& path, const Parse& parse)
    -> Result<std::optional<typename std::invoke_result_t<Parse, const std::string&>::value_type>> {
    using Record = typename std::invoke_result_t<Parse, const std::string&>::value_type;
    if (!files.exists(path)) {
        return std::optional<Record>();
    }
    const auto text = files.read(path, read_limit::kRecord);
    if (!text) {
        return fail(text.error());
    }
    auto record = parse(*text);
    if (!record) {
        return fail(record.error());
    }
    return std::optional<Record>(std::move(*record));
}

}  // namespace citus_init::postgres
