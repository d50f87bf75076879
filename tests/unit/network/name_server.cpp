#include "unit/network/name_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>

#include <gtest/gtest.h>

#include "citus_init/base/text.h"

namespace citus_init::network::test {

namespace {

constexpr std::size_t kHeader = 12;

std::string number(int value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

// The first name after the header and, behind it, its type.
std::pair<std::string, int> question_of(const std::string& message) {
    std::vector<std::string> labels;
    std::size_t at = kHeader;
    while (message.at(at) != '\0') {
        const auto length = static_cast<std::size_t>(message[at]);
        labels.push_back(message.substr(at + 1, length));
        at += length + 1;
    }
    return {to_lower(join(labels, ".")), static_cast<unsigned char>(message.at(at + 1)) << 8 |
                                             static_cast<unsigned char>(message.at(at + 2))};
}

}  // namespace

std::string dns_name(const std::string& name) {
    std::string data;
    for (const auto& label : split(name, '.')) {
        data += static_cast<char>(label.size());
        data += label;
    }
    return data + '\0';
}

std::string dns_service(int priority, int weight, int port, const std::string& host) {
    return number(priority) + number(weight) + number(port) + dns_name(host);
}

std::string dns_answer(const std::string& question, int type,
                       const std::vector<std::string>& records) {
    // The name in the question, its type and class; what follows (EDNS) is not repeated.
    std::size_t end = kHeader;
    while (question.at(end) != '\0') {
        end += static_cast<std::size_t>(question[end]) + 1;
    }
    end += 5;
    constexpr int kNoSuchName = 0x8183;
    constexpr int kFine = 0x8180;
    std::string message = question.substr(0, 2) + number(records.empty() ? kNoSuchName : kFine) +
                          number(1) + number(static_cast<int>(records.size())) + number(0) +
                          number(0) + question.substr(kHeader, end - kHeader);
    for (const auto& record : records) {
        message += number(0xc00c) + number(type) + number(1) + number(0) + number(60) +
                   number(static_cast<int>(record.size())) + record;
    }
    return message;
}

NameServer::NameServer(Records records)
    : records_(std::move(records)),
      socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
    thread_.join();
}

void NameServer::serve() const {
    for (;;) {
        std::array<pollfd, 2> watched{{{socket_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), -1) < 0 || watched[1].revents != 0) {
            return;
        }
        std::string question(512, '\0');
        sockaddr_in peer{};
        socklen_t size = sizeof(peer);
        auto* generic = reinterpret_cast<sockaddr*>(&peer);
        const ssize_t length =
            ::recvfrom(socket_.get(), question.data(), question.size(), 0, generic, &size);
        if (length <= 0) {
            continue;
        }
        question.resize(static_cast<std::size_t>(length));
        const auto key = question_of(question);
        if (key.first.find("silent") != std::string::npos || key.first.starts_with("9.")) {
            continue;
        }
        const auto found = records_.find(key);
        const std::string answer =
            dns_answer(question, key.second,
                       found == records_.end() ? std::vector<std::string>() : found->second);
        static_cast<void>(::sendto(socket_.get(), answer.data(), answer.size(), 0, generic, size));
    }
}

}  // namespace citus_init::network::test
