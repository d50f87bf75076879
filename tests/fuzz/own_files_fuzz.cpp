// The files that citus-init reads back from a volume that others can write: markers and the state
// file. Any bytes end in a value or an error, and what was read survives being written again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "citus_init/citus/wal_position.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/status/node_status.h"

namespace {

namespace postgres = citus_init::postgres;
namespace status = citus_init::status;

void expect(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void read_markers(const std::string& text) {
    if (const auto marker = postgres::parse_bootstrap_marker(text)) {
        const auto again = postgres::parse_bootstrap_marker(bootstrap_marker_text(*marker));
        expect(again && *again == *marker);
    }
    if (const auto marker = postgres::parse_node_marker(text)) {
        const auto again = postgres::parse_node_marker(node_marker_text(*marker));
        expect(again && *again == *marker);
        postgres::NodeIntent intent;
        intent.citus_enable = true;
        intent.role = "worker";
        intent.library_version = "13.2-1";
        intent.database = "app";
        static_cast<void>(postgres::check_node_marker(*marker, intent, "/data"));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    read_markers(text);
    if (const auto read = status::node_status_from_json(text)) {
        const auto again = status::node_status_from_json(to_json(*read));
        expect(again && to_json(*again) == to_json(*read));
        expect(text_of(*again) == text_of(*read));
        static_cast<void>(to_json_with_texts(*read));
    }
    static_cast<void>(citus_init::citus::parse_timeline_history(text));
    static_cast<void>(postgres::is_wal_entry(text));
    return 0;
}
