// Any bytes are a user's pg_hba.conf or pg_ident.conf that is read to its end.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "citus_init/postgres/shell_words.h"
#include "citus_init/render/authentication_files.h"
#include "citus_init/settings/settings.h"

#include "settings/hba_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace render = citus_init::render;
    const std::string text(data, data + size);
    for (const auto& complaint : citus_init::settings::check_hba_lines(text)) {
        if (complaint.reason.empty()) {
            std::abort();
        }
    }
    // What was cut down to one role is about that role already.
    const std::string once = render::hba_for_one_role(text, "app");
    if (render::hba_for_one_role(once, "app") != once) {
        std::abort();
    }
    static_cast<void>(render::lets_in_over_socket(text, "app", "postgres"));
    static_cast<void>(render::render_pg_ident("app", "postgres", "/data/pg_ident.conf", text));
    citus_init::settings::Settings settings;
    settings.citus.enable = true;
    settings.citus.cluster_secret = citus_init::Secret("secret");
    for (const auto clients : {render::Clients::may_be_shut_out, render::Clients::shut_out}) {
        static_cast<void>(render::render_pg_hba(settings, {"app", {"192.0.2.1"}},
                                                "/data/pg_hba.conf", text, clients));
    }
    static_cast<void>(citus_init::postgres::split_shell_words(text));
    return 0;
}
