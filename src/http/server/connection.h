#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <list>
#include <memory>
#include <string>

#include "citus_init/http/server/server.h"

#include "http/server/transport.h"

namespace citus_init::http {

// One client: reads a request, writes the answer, and again. Lives as long as an operation of it is
// under way; every one has a deadline. All on the thread of Server::run().
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    // What all connections share; outlives them.
    struct Shared {
        const Server::Handler& handler;
        const ServerLimits& limits;
        // In the order in which they began to wait for a request: the next to be closed first.
        std::list<Connection*> waiting{};
        // Those whose answer is under way, in the order of its beginning. To be closed where
        // nobody waits: whoever does not read its answer keeps no other client out.
        std::list<Connection*> answering{};
        std::list<Connection*> streams{};
        Server::Counters counters{};
    };

    Connection(std::shared_ptr<Transport> transport, Shared& shared);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    void start() { wait_for_request(); }
    // Of a stream. Nothing while the last text is still under way.
    void send(const std::string& text);
    // What is under way fails, and then it is gone.
    void close() { transport_->close(); }

  private:
    void wait_for_request();
    void read();
    void parse();
    ServerResponse answer();
    void refuse(const boost::system::error_code& why);
    void respond(const ServerResponse& response, bool may_keep_alive);
    void end();
    void discard_the_rest();
    void begin_stream();
    void leave_lists();

    std::shared_ptr<Transport> transport_;
    Shared& shared_;
    boost::beast::flat_buffer buffer_;
    std::unique_ptr<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
    bool is_request_begun_ = false;
    std::string output_;  // what is being written
    bool is_stream_ = false;
    bool is_writing_ = false;
    int missed_ = 0;  // texts since the last one that could be written
};

}  // namespace citus_init::http
