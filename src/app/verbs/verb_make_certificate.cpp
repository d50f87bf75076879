#include "citus_init/base/file.h"
#include "citus_init/security/certificate.h"

#include "app/verbs/verb_end.h"
#include "app/verbs/verbs.h"

namespace citus_init::app {

int run_make_certificate(const std::vector<std::string>& arguments) {
    if (arguments.size() != 2) {
        return end_verb(Error{ExitCode::usage, "make-certificate takes a directory and a name"});
    }
    const std::string& directory = arguments[0];
    if (const Status made = make_directories(directory, 0700); !made) {
        return end_verb(made.error());
    }
    const auto done = security::ensure_self_signed_certificate(
        {directory + "/server.crt", directory + "/server.key"}, arguments[1]);
    return done ? 0 : end_verb(done.error());
}

}  // namespace citus_init::app
