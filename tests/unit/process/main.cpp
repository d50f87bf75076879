#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "unit/process/helper.h"

namespace citus_init::process {

namespace {

const char* const kSelf = "/proc/self/exe";

std::string status_field(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == name + ":") {
            status >> word;
            return word;
        }
    }
    return "";
}

std::string open_descriptors() {
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir("/proc/self/fd"), ::closedir);
    std::set<int> numbers;
    while (const dirent* entry = ::readdir(listing.get())) {
        if (entry->d_name[0] != '.') {
            numbers.insert(std::atoi(entry->d_name));
        }
    }
    numbers.erase(::dirfd(listing.get()));
    std::string text;
    for (const int number : numbers) {
        text += fmt::format("{}{}", text.empty() ? "" : " ", number);
    }
    return text;
}

int report(int to) {
    const char* variable = std::getenv("HELPER_VARIABLE");
    const std::string text =
        fmt::format("{}\n{}\n{}\n{}\n{}\n", status_field("SigBlk"), status_field("SigIgn"),
                    open_descriptors(), ::getpgrp(), variable == nullptr ? "" : variable);
    return ::write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}

int leave_orphan(const char* directory) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) {
        return 1;
    }
    if (::fork() == 0) {
        if (::chdir(directory) == 0 && ::write(ready[1], "x", 1) == 1) {
            ::pause();
        }
        ::_exit(1);
    }
    char byte = 0;
    return ::read(ready[0], &byte, 1) == 1 ? 0 : 1;
}

}  // namespace

std::vector<std::string> report_helper(int to) {
    return {kSelf, "--helper", "report", std::to_string(to)};
}

std::vector<std::string> waiting_helper() {
    return {kSelf, "--helper", "wait"};
}

std::vector<std::string> orphan_helper(const std::string& directory) {
    return {kSelf, "--helper", "orphan", directory};
}

std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = ::read(fd, buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

Report parse_report(const std::string& text) {
    std::istringstream lines(text);
    Report report;
    for (std::string* field :
         {&report.blocked, &report.ignored, &report.descriptors, &report.group, &report.variable}) {
        std::getline(lines, *field);
    }
    return report;
}

int run_helper(const std::vector<std::string>& arguments) {
    if (arguments.at(0) == "report") {
        return report(std::atoi(arguments.at(1).c_str()));
    }
    if (arguments.at(0) == "orphan") {
        return leave_orphan(arguments.at(1).c_str());
    }
    for (;;) {
        ::pause();
    }
}

}  // namespace citus_init::process

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (!arguments.empty() && arguments.front() == "--helper") {
        return citus_init::process::run_helper({arguments.begin() + 1, arguments.end()});
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
