#include "http/server/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <utility>

#include <fmt/core.h>

namespace citus_init::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;

namespace {

std::string text_of(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

Connection::Connection(std::shared_ptr<Transport> transport, Shared& shared)
    : transport_(std::move(transport)), shared_(shared) {
    ++shared_.counters.connections;
}

Connection::~Connection() {
    leave_lists();
    --shared_.counters.connections;
}

void Connection::leave_lists() {
    shared_.waiting.remove(this);
    shared_.answering.remove(this);
    if (std::exchange(is_stream_, false)) {
        shared_.streams.remove(this);
        shared_.counters.streams = shared_.streams.size();
    }
}

// --- The request ---

void Connection::wait_for_request() {
    namespace http = beast::http;
    parser_ = std::make_unique<http::request_parser<http::string_body>>();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    is_request_begun_ = false;
    shared_.waiting.push_back(this);
    transport_->expire_after(shared_.limits.idle);
    if (buffer_.size() > 0) {
        return parse();  // it was sent behind the last one
    }
    read();
}

void Connection::read() {
    constexpr std::size_t kPart = 2048;
    transport_->read_some(buffer_.prepare(kPart),
                          [self = shared_from_this()](const error_code& error, std::size_t count) {
                              if (!error) {  // else it has gone, or was too slow
                                  self->buffer_.commit(count);
                                  self->parse();
                              }
                          });
}

void Connection::parse() {
    // One deadline for all of it, however it drips.
    if (!std::exchange(is_request_begun_, true)) {
        transport_->expire_after(shared_.limits.request);
    }
    error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == beast::http::error::need_more || (!error && !parser_->is_done())) {
        return read();
    }
    shared_.waiting.remove(this);
    ++shared_.counters.requests;
    if (error) {
        return refuse(error);
    }
    respond(answer(), parser_->get().keep_alive());
}

ServerResponse Connection::answer() {
    using beast::http::field;
    const auto& message = parser_->get();
    ServerRequest request;
    request.method = text_of(message.method_string());
    if (request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS") {
        auto refusal = plain_response(405, "only GET, HEAD and OPTIONS are served");
        refusal.headers = {{"Allow", "GET, HEAD, OPTIONS"}};
        return refusal;
    }
    const std::string target = text_of(message.target());
    const auto question = std::min(target.find('?'), target.size());
    request.path = target.substr(0, question);
    request.query = question < target.size() ? target.substr(question + 1) : "";
    request.host = text_of(message[field::host]);
    request.accept = text_of(message[field::accept]);
    request.authorization = text_of(message[field::authorization]);
    request.is_local = transport_->is_local();
    request.is_forwarded =
        message.count("X-Forwarded-For") + message.count("Forwarded") + message.count(field::via) >
        0;
    auto response = shared_.handler(request);
    if (response.is_stream && request.method != "GET") {
        response.is_stream = false;
    }
    if (response.is_stream && shared_.streams.size() >= shared_.limits.streams) {
        response = plain_response(503, "too many streams are open");
        response.headers = {{"Retry-After", "10"}};
    }
    return response;
}

// What cannot be read further: the connection ends with the answer.
void Connection::refuse(const error_code& why) {
    using beast::http::error;
    if (why == error::header_limit || why == error::buffer_overflow) {
        return respond(plain_response(431, "the header of the request is too large"), false);
    }
    if (why == error::body_limit) {
        return respond(plain_response(413, "the body of the request is too large"), false);
    }
    respond(plain_response(400, "the request is not one of HTTP/1.1"), false);
}

// --- The response ---

void Connection::respond(const ServerResponse& response, bool may_keep_alive) {
    namespace http = beast::http;
    const bool keep_alive = may_keep_alive && !response.is_stream;
    http::response<http::empty_body> head(static_cast<http::status>(response.status), 11);
    head.keep_alive(keep_alive);
    head.set(http::field::content_type, response.content_type);
    head.set(http::field::cache_control, "no-store");
    head.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) {
        head.set(name, value);
    }
    // A stream ends with its connection.
    if (!response.is_stream) {
        head.content_length(response.body.size());
    }
    const bool has_body = parser_->get().method() != http::verb::head;
    output_ = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                          text_of(http::obsolete_reason(head.result())));
    for (const auto& field : head) {
        output_ += fmt::format("{}: {}\r\n", text_of(field.name_string()), text_of(field.value()));
    }
    output_ += "\r\n";
    output_ += has_body ? response.body : "";
    if (response.is_stream) {
        return begin_stream();
    }
    shared_.answering.push_back(this);
    transport_->expire_after(shared_.limits.response);
    transport_->write(asio::buffer(output_),
                      [self = shared_from_this(), keep_alive](const error_code& error) {
                          self->shared_.answering.remove(self.get());
                          self->output_.clear();
                          if (!error) {
                              keep_alive ? self->wait_for_request() : self->end();
                          }
                      });
}

// Closing at once would have the kernel discard the answer where a part of the request has not been
// read (RFC 9112, 9.6).
void Connection::end() {
    constexpr std::chrono::seconds kLongest{2};
    shared_.waiting.push_back(this);
    transport_->expire_after(kLongest);
    transport_->end_writing();
    discard_the_rest();
}

void Connection::discard_the_rest() {
    constexpr std::size_t kPart = 4096;
    buffer_.clear();
    transport_->read_some(buffer_.prepare(kPart),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) {
                                  self->discard_the_rest();
                              }
                          });
}

void Connection::begin_stream() {
    is_stream_ = true;
    shared_.streams.push_back(this);
    shared_.counters.streams = shared_.streams.size();
    transport_->expire_never();
    send(std::exchange(output_, {}));
    // It sends nothing; the end of reading is the end of the client.
    buffer_.clear();
    transport_->read_some(
        buffer_.prepare(1),
        [self = shared_from_this()](const error_code& /*error*/, std::size_t) { self->close(); });
}

void Connection::send(const std::string& text) {
    constexpr int kMostMissed = 30;
    if (std::exchange(is_writing_, true)) {
        if (++missed_ > kMostMissed) {
            close();  // it takes nothing
        }
        return;
    }
    missed_ = 0;
    output_ = text;
    transport_->write(asio::buffer(output_), [self = shared_from_this()](const error_code& error) {
        self->is_writing_ = false;
        if (error) {
            self->close();
        }
    });
}

}  // namespace citus_init::http
