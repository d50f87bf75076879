// What Patroni and etcd answer, and what the agent sends to PID 1 about them: any bytes end in a
// value or in none.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/text.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/ha/patroni/exit_diagnosis.h"
#include "citus_init/ha/patroni/rest_answers.h"
#include "citus_init/ha/patroni/stored_group.h"

#include "ha/patroni/member_assessment.h"

namespace {

namespace ha = citus_init::ha;
namespace patroni = citus_init::patroni;

void expect(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// Lines of key and value by turns, since base64 would hide them from the fuzzer.
std::vector<patroni::StoreEntry> entries_of(std::string_view text) {
    std::vector<patroni::StoreEntry> entries;
    const auto lines = citus_init::split(text, '\n');
    for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
        entries.emplace_back(lines[i], lines[i + 1]);
    }
    return entries;
}

void read_patroni(const std::string& text) {
    if (const auto group = patroni::parse_group_view(text)) {
        static_cast<void>(patroni::handover_trouble(*group, true));
        static_cast<void>(patroni::handover_trouble(*group, false));
    }
    if (const auto member = patroni::parse_member_status(text)) {
        static_cast<void>(patroni::answer_of(std::nullopt, *member));
    }
    if (const auto lease = ha::lease_from_json(text)) {
        static_cast<void>(ha::answer_timeout_of(*lease));
        static_cast<void>(ha::store_timeout_of(*lease));
    }
    static_cast<void>(patroni::parse_log_line(text));
    if (const auto failure = patroni::failure_in(text)) {
        static_cast<void>(patroni::exit_cause_of(*failure));
    }
}

void read_etcd(const std::string& text) {
    if (const auto entries = patroni::etcd_entries(text)) {
        static_cast<void>(patroni::stored_groups(*entries, "/service/demo/"));
    }
    citus_init::http::Response response;
    response.body = text;
    static_cast<void>(patroni::etcd_refusal(response));
    for (const auto& [number, group] : patroni::stored_groups(entries_of(text), "/")) {
        expect(number >= 0);
        static_cast<void>(patroni::handover_trouble(group.members, true));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    read_patroni(text);
    read_etcd(text);
    return 0;
}
