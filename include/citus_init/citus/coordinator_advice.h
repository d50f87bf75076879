#pragma once

#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Whether one of two nodes does not take the other's certificate, by the text of libpq or OpenSSL.
bool is_certificate_refused(const SqlError& error);

// What to do where a node cannot connect to its coordinator: a sentence, "" where the error says
// all that is known. Pure.
std::string coordinator_advice(const SqlError& error);

}  // namespace citus_init::citus
