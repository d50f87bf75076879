#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/coordinator_advice.h"
#include "citus_init/citus/membership/place.h"

namespace citus_init::citus {

namespace {

constexpr const char* kServeUnconfirmed =
    "set CITUS_SERVE_UNCONFIRMED=true if you know that no other server runs with this data";

std::string group_text(const PlaceReason& reason) {
    return fmt::format("group {} of coordinator {}", reason.group_id, reason.coordinator.text());
}

// "c:5432 (asked on w1:5432)"
std::string asked_text(const PlaceReason& reason) {
    return reason.asked_at == reason.address
               ? reason.address.text()
               : fmt::format("{} (asked on {})", reason.address.text(), reason.asked_at.text());
}

std::string elsewhere_text(const PlaceReason& reason, const char* who) {
    return fmt::format("coordinator {} has this node at {}, where {}", reason.coordinator.text(),
                       reason.address.text(), who);
}

std::string silence_text(const PlaceReason& reason) {
    const std::string advice = coordinator_advice({reason.sqlstate, reason.error, "", ""});
    return fmt::format("coordinator {} cannot confirm this node: {}{}{}", reason.coordinator.text(),
                       reason.error, advice.empty() ? "" : ". ", advice);
}

std::string finding_text(const PlaceReason& reason) {
    switch (reason.finding) {
        case PlaceFinding::none:
            break;
        case PlaceFinding::coordinator_silent:
            return silence_text(reason);
        case PlaceFinding::member_removed:
            return fmt::format(
                "this node was removed from the cluster, or its coordinator was restored from "
                "before it joined: there is no {}. Keep this data directory until no row in it is "
                "missing in the cluster",
                group_text(reason));
        case PlaceFinding::server_unrecorded:
            return fmt::format("coordinator {} has not recorded the server of group {} yet",
                               reason.coordinator.text(), reason.group_id);
        case PlaceFinding::server_replaced:
            return fmt::format(
                "{} at {} is another server than this one. Keep this data directory until you know "
                "which of the two has the data",
                group_text(reason), reason.address.text());
        case PlaceFinding::server_copied:
            return fmt::format(
                "this node is a copy: {} is the server that answers at {}, with the same identity. "
                "Stop one of the two",
                group_text(reason), reason.address.text());
        case PlaceFinding::address_taken:
            return elsewhere_text(reason, "another server answers");
        case PlaceFinding::address_silent:
            return elsewhere_text(reason, "it reaches nobody");
        case PlaceFinding::coordinator_copied:
            return fmt::format(
                "another coordinator with the same identity runs at {}: this data directory is a "
                "copy of its, or the other way round. Stop one of the two. Compare "
                "pg_current_wal_lsn() of both: the greater one is the newer",
                asked_text(reason));
        case PlaceFinding::coordinator_was_running:
            return fmt::format(
                "another coordinator with the same identity ran until now. This one does not take "
                "its place by itself: stop the other for good and restart this one, or {}",
                kServeUnconfirmed);
        case PlaceFinding::no_witness:
            return reason.caveat == PlaceCaveat::by_setting
                       ? "nobody has confirmed this coordinator"
                       : "no registered worker can confirm this coordinator";
        case PlaceFinding::original_silent:
            return fmt::format(
                "the address {} that this coordinator is registered under does not answer in time, "
                "so the original may still run there. Stop it for good and let its address refuse "
                "connections; or {}",
                reason.address.text(), kServeUnconfirmed);
    }
    return "";
}

constexpr std::array<std::pair<PlaceFinding, const char*>, 12> kFindings{{
    {PlaceFinding::none, ""},
    {PlaceFinding::coordinator_silent, "coordinator_silent"},
    {PlaceFinding::member_removed, "member_removed"},
    {PlaceFinding::server_unrecorded, "server_unrecorded"},
    {PlaceFinding::server_replaced, "server_replaced"},
    {PlaceFinding::server_copied, "server_copied"},
    {PlaceFinding::address_taken, "address_taken"},
    {PlaceFinding::address_silent, "address_silent"},
    {PlaceFinding::coordinator_copied, "coordinator_copied"},
    {PlaceFinding::coordinator_was_running, "coordinator_was_running"},
    {PlaceFinding::no_witness, "no_witness"},
    {PlaceFinding::original_silent, "original_silent"},
}};

constexpr std::array<std::pair<PlaceCaveat, const char*>, 4> kCaveats{{
    {PlaceCaveat::none, ""},
    {PlaceCaveat::by_setting, "by_setting"},
    {PlaceCaveat::moved, "moved"},
    {PlaceCaveat::copied_directory, "copied_directory"},
}};

template <typename Table, typename Value>
const char* name_in(const Table& table, Value value) {
    for (const auto& [known, name] : table) {
        if (known == value) {
            return name;
        }
    }
    return "";
}

}  // namespace

const char* to_string(PlaceFinding finding) {
    return name_in(kFindings, finding);
}

const char* to_string(PlaceCaveat caveat) {
    return name_in(kCaveats, caveat);
}

std::string to_string(const PlaceReason& reason) {
    std::string why = finding_text(reason);
    switch (reason.caveat) {
        case PlaceCaveat::none:
            break;
        case PlaceCaveat::by_setting:
            return why + " (CITUS_SERVE_UNCONFIRMED)";
        case PlaceCaveat::moved:
            return fmt::format(
                "{}. This node announces {}, but was registered as {}: it may be a copy, and stays "
                "closed until the coordinator has followed it; or {}",
                why, reason.announced.text(),
                reason.registered ? reason.registered->text() : "nobody", kServeUnconfirmed);
        case PlaceCaveat::copied_directory:
            return fmt::format(
                "{}. This data directory is a copy of the one that was confirmed last, so it stays "
                "closed until the coordinator confirms it; or {}",
                why, kServeUnconfirmed);
    }
    return why;
}

}  // namespace citus_init::citus
