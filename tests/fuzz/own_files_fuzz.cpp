// The files that citus-init reads back from a volume that others can write: markers and the state
// file. Any bytes end in a value or an error, and what was read survives being written again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "citus_init/citus/wal_position.h"
#include "citus_init/health/state.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/node_marker.h"

namespace {

namespace health = citus_init::health;
namespace postgres = citus_init::postgres;

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
    if (const auto state = health::from_json(text)) {
        const auto again = health::from_json(health::to_json(*state));
        expect(again && health::to_json(*again) == health::to_json(*state));
    }
    static_cast<void>(citus_init::citus::parse_timeline_history(text));
    static_cast<void>(postgres::is_wal_entry(text));
    return 0;
}
