#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "citus_init/base/error.h"

namespace citus_init {

// A value or the reason why there is none. tl::expected is not [[nodiscard]] itself, so every
// function that returns a Result is declared so.
template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(ExitCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

// Puts what was made where it belongs; where there is only an error, gives that and leaves `place`
// as it is.
template <typename T>
[[nodiscard]] Status keep(T& place, Result<T> made) {
    if (!made) {
        return fail(std::move(made.error()));
    }
    place = std::move(*made);
    return {};
}

}  // namespace citus_init

// Leaves the function with the error of `expression`, if it has one. The only macro of the project:
// C++20 has no other way to return early from the caller.
#define CITUS_INIT_TRY(expression)                                         \
    do {                                                                   \
        if (auto try_result_ = (expression); !try_result_) {               \
            return tl::unexpected<citus_init::Error>(try_result_.error()); \
        }                                                                  \
    } while (false)
