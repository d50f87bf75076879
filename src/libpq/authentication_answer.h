#pragma once

#include <string_view>

namespace citus_init::libpq {

enum class AuthenticationAnswer {
    incomplete,     // ends within a message
    harmless,       // whole messages, none of which asks for a password in clear text
    asks_in_clear,  // AuthenticationCleartextPassword is among them
};

// What a server has sent while it authenticates us, as "Message Formats" of PostgreSQL's manual has
// it: a type byte and a length that counts itself. Pure.
AuthenticationAnswer authentication_answer(std::string_view bytes);

}  // namespace citus_init::libpq
