#include "citus_init/citus/node_conninfo.h"

#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<std::map<std::string, std::string>> read_node_conninfo(Session& session) {
    const auto text = session.query(statement::kNodeConninfo);
    if (!text) {
        return tl::unexpected(text.error());
    }
    return parse_conninfo(text->at(0, 0)).value_or(std::map<std::string, std::string>{});
}

}  // namespace citus_init::citus
