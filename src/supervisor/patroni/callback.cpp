#include "citus_init/supervisor/patroni/callback.h"

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "citus_init/base/clock.h"
#include "citus_init/base/file.h"
#include "citus_init/ha/member_status.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::supervisor {

std::string role_note_path(const std::string& directory) {
    return directory + "/role";
}

int run_callback(const std::vector<std::string>& arguments) {
    const char* directory = std::getenv("CITUS_PATRONI_DIR");
    if (arguments.size() < 2) {
        return 0;
    }
    const auto role = ha::parse_member_role(arguments[1]);
    nlohmann::ordered_json note;
    note["event"] = arguments[0];
    note["role"] = role ? ha::member_role_name(*role) : arguments[1].c_str();
    note["when"] = utc_now();
    static_cast<void>(replace_file(
        role_note_path(directory == nullptr ? settings::PatroniSettings().directory : directory),
        note.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", 0644));
    return 0;
}

}  // namespace citus_init::supervisor
