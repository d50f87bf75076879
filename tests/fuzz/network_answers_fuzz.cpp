// What a name server and a PostgreSQL server answer before anybody has proved who he is.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "citus_init/base/base64.h"

#include "libpq/authentication_answer.h"
#include "network/dns_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace network = citus_init::network;
    const std::vector<unsigned char> message(data, data + size);
    for (const auto type : {network::RecordType::ptr, network::RecordType::srv}) {
        const auto records = network::parse_dns_answer(message, type);
        // A name of DNS has 255 bytes, escapes not counted, and each record 10 of its own.
        if (records && records->size() > size / 10) {
            std::abort();
        }
    }
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(citus_init::libpq::authentication_answer(text));
    const auto decoded = citus_init::base64_decode(text);
    if (decoded && decoded->size() > size) {
        std::abort();
    }
    return 0;
}
