#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/base/text.h"
#include "citus_init/citus/session.h"

namespace citus_init::monitor {

using Seconds = std::chrono::duration<double>;
using WallTime = std::chrono::system_clock::time_point;

// How collecting one part went.
struct Collection {
    std::optional<WallTime> taken_at{};  // of the values; none: there are none
    std::optional<Seconds> took{};       // the last attempt; none: there was none
    std::string sqlstate{};              // of the last attempt's failure; "" = it succeeded
    std::string error{};                 // the same, one line
    std::int64_t failures = 0;           // since the collector started
};

// Values that are collected together. After a failure there are none: an old value is not shown as
// one of now.
template <typename T>
struct Part {
    std::optional<T> value{};
    Collection collection{};
};

inline void note_failure(Collection& collection, const citus::SqlError& error) {
    collection.taken_at.reset();
    collection.sqlstate = error.sqlstate;
    collection.error = one_line(error.text());
    ++collection.failures;
}

// `read` returns a citus::SqlResult<T>.
template <typename T, typename Read>
void collect(Part<T>& part, Read&& read) {
    const auto begin = std::chrono::steady_clock::now();
    citus::SqlResult<T> result = std::forward<Read>(read)();
    part.collection.took = std::chrono::steady_clock::now() - begin;
    if (!result) {
        part.value.reset();
        note_failure(part.collection, result.error());
        return;
    }
    part.value = std::move(*result);
    part.collection.taken_at = std::chrono::system_clock::now();
    part.collection.sqlstate.clear();
    part.collection.error.clear();
}

}  // namespace citus_init::monitor
