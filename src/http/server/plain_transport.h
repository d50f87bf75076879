#pragma once

#include <boost/beast/core/tcp_stream.hpp>

#include "http/server/transport.h"

namespace citus_init::http {

// TCP alone.
class PlainTransport : public Transport {
  public:
    explicit PlainTransport(boost::asio::ip::tcp::socket socket);

    void read_some(boost::asio::mutable_buffer buffer, ReadDone done) override;
    void write(boost::asio::const_buffer buffer, WriteDone done) override;
    void end_writing() override;
    void expire_after(std::chrono::milliseconds time) override;
    void expire_never() override;
    void close() override;
    bool is_local() const override;

  private:
    boost::beast::tcp_stream stream_;
};

}  // namespace citus_init::http
