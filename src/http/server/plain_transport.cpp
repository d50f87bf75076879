#include "http/server/plain_transport.h"

#include <boost/asio/write.hpp>
#include <utility>

namespace citus_init::http {

namespace asio = boost::asio;
using boost::system::error_code;

PlainTransport::PlainTransport(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}

void PlainTransport::read_some(asio::mutable_buffer buffer, ReadDone done) {
    stream_.async_read_some(buffer, std::move(done));
}

void PlainTransport::write(asio::const_buffer buffer, WriteDone done) {
    asio::async_write(
        stream_, buffer,
        [done = std::move(done)](const error_code& error, std::size_t /*count*/) { done(error); });
}

void PlainTransport::end_writing() {
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void PlainTransport::expire_after(std::chrono::milliseconds time) {
    stream_.expires_after(time);
}

void PlainTransport::expire_never() {
    stream_.expires_never();
}

void PlainTransport::close() {
    stream_.close();
}

bool PlainTransport::is_local() const {
    error_code error;
    const auto address = stream_.socket().remote_endpoint(error).address();
    if (error) {
        return false;
    }
    return address.is_v6() && address.to_v6().is_v4_mapped()
               ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback()
               : address.is_loopback();
}

}  // namespace citus_init::http
