#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace citus_init::network {

enum class RecordType : std::uint16_t { ptr = 12, srv = 33 };

// The record data that PTR and SRV have.
struct DnsRecord {
    std::string name;  // what is pointed to, without the final dot
    std::uint16_t port = 0;
    int priority = 0;
    int weight = 0;
    bool operator==(const DnsRecord&) const = default;
};

// The records of that type in a DNS message's answer section; none where the message is malformed.
// Pure, for any bytes.
std::optional<std::vector<DnsRecord>> parse_dns_answer(const std::vector<unsigned char>& message,
                                                       RecordType type);

}  // namespace citus_init::network
