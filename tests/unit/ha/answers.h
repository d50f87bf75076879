#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace citus_init::patroni {

// What a real Patroni answered (answers/VERSION.NAME.json).
inline std::string answer_text(const std::string& name) {
    std::ifstream file(std::string(ANSWERS_DIRECTORY) + "/" + name + ".json");
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace citus_init::patroni
