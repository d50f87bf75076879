#include "network/dns_answer.h"

#include <arpa/nameser.h>
#include <resolv.h>

#include <array>
#include <utility>

namespace citus_init::network {

namespace {

// What stands before the name in the data of an SRV record: priority, weight, port.
constexpr std::size_t kNumber = NS_INT16SZ;
constexpr std::size_t kSrvNumbers = 3 * kNumber;

std::optional<DnsRecord> read_record(const ns_msg& message, const ns_rr& answer, RecordType type) {
    const unsigned char* data = ns_rr_rdata(answer);
    const unsigned char* end = data + ns_rr_rdlen(answer);
    DnsRecord record;
    if (type == RecordType::srv) {
        if (ns_rr_rdlen(answer) < kSrvNumbers) {
            return std::nullopt;
        }
        record.priority = static_cast<int>(ns_get16(data));
        record.weight = static_cast<int>(ns_get16(data + kNumber));
        record.port = static_cast<std::uint16_t>(ns_get16(data + 2 * kNumber));
        data += kSrvNumbers;
    }
    std::array<char, NS_MAXDNAME> name{};
    const int length = ::dn_expand(ns_msg_base(message), ns_msg_end(message), data, name.data(),
                                   static_cast<int>(name.size()));
    if (length < 0 || data + length != end) {
        return std::nullopt;
    }
    record.name = name.data();
    return record;
}

}  // namespace

std::optional<std::vector<DnsRecord>> parse_dns_answer(const std::vector<unsigned char>& message,
                                                       RecordType type) {
    ns_msg parsed{};
    if (message.size() < NS_HFIXEDSZ ||
        ::ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) != 0) {
        return std::nullopt;
    }
    std::vector<DnsRecord> records;
    for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
        ns_rr answer{};
        if (::ns_parserr(&parsed, ns_s_an, i, &answer) != 0) {
            return std::nullopt;
        }
        if (ns_rr_type(answer) != static_cast<int>(type)) {
            continue;  // a CNAME on the way, a signature
        }
        auto record = read_record(parsed, answer, type);
        if (!record) {
            return std::nullopt;
        }
        records.push_back(std::move(*record));
    }
    return records;
}

}  // namespace citus_init::network
