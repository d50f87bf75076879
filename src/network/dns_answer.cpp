#include "network/dns_answer.h"

#include <resolv.h>

#include <array>

namespace citus_init::network {

namespace {

// Reads a message from front to back; after the first failure everything fails. Not ns_parserr():
// glibc has it in libresolv, a library more for every start of PID 1.
class Reader {
  public:
    explicit Reader(const std::vector<unsigned char>& message) : message_(message) {}

    bool good() const { return good_; }
    std::size_t position() const { return position_; }

    void skip(std::size_t count) {
        good_ = good_ && count <= message_.size() - position_;
        position_ += good_ ? count : 0;
    }

    std::uint16_t number() {
        const std::size_t start = position_;
        skip(2);
        return good_ ? static_cast<std::uint16_t>(message_[start] << 8U | message_[start + 1]) : 0;
    }

    std::string name() {
        std::array<char, NS_MAXDNAME> text{};
        const unsigned char* begin = message_.data();
        const int length = good_ ? ::dn_expand(begin, begin + message_.size(), begin + position_,
                                               text.data(), static_cast<int>(text.size()))
                                 : -1;
        good_ = length >= 0;
        skip(good_ ? static_cast<std::size_t>(length) : 0);
        return text.data();
    }

  private:
    const std::vector<unsigned char>& message_;
    std::size_t position_ = 0;
    bool good_ = true;
};

DnsRecord read_record(Reader& reader, RecordType type) {
    DnsRecord record;
    if (type == RecordType::srv) {
        record.priority = reader.number();
        record.weight = reader.number();
        record.port = reader.number();
    }
    record.name = reader.name();
    return record;
}

}  // namespace

std::optional<std::vector<DnsRecord>> parse_dns_answer(const std::vector<unsigned char>& message,
                                                       RecordType type) {
    Reader reader(message);
    reader.skip(4);  // identifier, flags
    const int questions = reader.number();
    const int answers = reader.number();
    reader.skip(4);  // counts of the other sections
    for (int i = 0; i < questions && reader.good(); ++i) {
        reader.name();
        reader.skip(4);  // type, class
    }
    std::vector<DnsRecord> records;
    for (int i = 0; i < answers && reader.good(); ++i) {
        reader.name();
        const std::uint16_t found = reader.number();
        reader.skip(6);  // class, time to live
        const std::size_t length = reader.number();
        if (found != static_cast<std::uint16_t>(type)) {
            reader.skip(length);  // a CNAME on the way, a signature
            continue;
        }
        const std::size_t end = reader.position() + length;
        records.push_back(read_record(reader, type));
        if (reader.position() != end) {
            return std::nullopt;
        }
    }
    return reader.good() ? std::optional(records) : std::nullopt;
}

}  // namespace citus_init::network
