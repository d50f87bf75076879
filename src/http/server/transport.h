#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <functional>

namespace citus_init::http {

// The bytes of one connection, as they are or by TLS. One read and one write at a time; each ends
// by its callback, which keeps alive whatever it holds. All on the thread of Server::run().
class Transport {
  public:
    using ReadDone = std::function<void(const boost::system::error_code& error, std::size_t count)>;
    using WriteDone = std::function<void(const boost::system::error_code& error)>;

    virtual ~Transport() = default;

    // At least one byte. The buffer has to stay.
    virtual void read_some(boost::asio::mutable_buffer buffer, ReadDone done) = 0;
    // All of it. The buffer has to stay.
    virtual void write(boost::asio::const_buffer buffer, WriteDone done) = 0;
    // Tells the other end that nothing more comes. What was written is sent.
    virtual void end_writing() = 0;
    // What is under way then, or begins later, fails after that time, or never does.
    virtual void expire_after(std::chrono::milliseconds time) = 0;
    virtual void expire_never() = 0;
    // What is under way fails at once.
    virtual void close() = 0;
    // The other end is on this machine's loopback.
    virtual bool is_local() const = 0;
};

}  // namespace citus_init::http
