#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace citus_init::test {

// Compares a text with tests/unit/render/golden/NAME; UPDATE_GOLDEN=1 writes the file instead.
inline void expect_golden(const std::string& text, const std::string& name) {
    const std::string path = std::string(GOLDEN_DIRECTORY) + "/" + name;
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path) << text;
    }
    std::ifstream file(path);
    ASSERT_TRUE(file) << path << " is missing: run once with UPDATE_GOLDEN=1";
    std::stringstream expected;
    expected << file.rdbuf();
    EXPECT_EQ(text, expected.str()) << "run with UPDATE_GOLDEN=1 if the change is meant";
}

}  // namespace citus_init::test
