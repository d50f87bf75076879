#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/settings/load.h"

#include "support/fake_filesystem.h"

namespace citus_init::settings {

// The least that loads.
inline Environment with_base(Environment environment) {
    environment.try_emplace("PGDATA", "/data");
    return environment;
}

inline std::vector<std::string> texts_of(const std::vector<Problem>& problems) {
    std::vector<std::string> texts;
    for (const auto& problem : problems) {
        texts.push_back(problem.text());
    }
    return texts;
}

struct Outcome {
    Settings settings;
    Environment resolved;
    std::vector<std::string> warnings;
    std::vector<std::string> problems;
};

inline Outcome load(const Environment& environment, const Filesystem& files) {
    auto loaded = load_settings(with_base(environment), files);
    if (!loaded) {
        return {{}, {}, texts_of(loaded.error().warnings), texts_of(loaded.error().problems)};
    }
    return {loaded->settings, loaded->resolved, texts_of(loaded->warnings), {}};
}

inline Outcome load(const Environment& environment) {
    return load(environment, test::FakeFilesystem());
}

inline Outcome load_yaml(const std::string& text, const Environment& environment = {}) {
    test::FakeFilesystem files;
    files.add_file(kDefaultYamlPath, text);
    return load(environment, files);
}

}  // namespace citus_init::settings
