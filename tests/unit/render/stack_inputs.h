#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "citus_init/render/guc_stack.h"

#include "support/fake_filesystem.h"

namespace citus_init::render {

// A node whose layers a test fills in by hand.
struct StackFixture {
    settings::Settings settings;
    settings::Environment environment;
    std::vector<std::string> words;
    citus_init::test::FakeFilesystem files;
    Machine machine{2};
    std::vector<std::string> output_plugins;
    ServerVersions versions{15};
    std::optional<int> archive_group;
    std::optional<KnownWorkers> workers;

    StackFixture() { settings.postgres.data_directory = "/data"; }

    static StackFixture with_citus() {
        StackFixture fixture;
        fixture.settings.citus.enable = true;
        return fixture;
    }

    ServerArguments arguments() const {
        const auto parsed = parse_server_arguments(words, "/");
        EXPECT_TRUE(parsed);
        return parsed.value_or(ServerArguments{});
    }

    tl::expected<GucStack, std::vector<settings::Problem>> build() const {
        const ServerArguments parsed = arguments();
        return build_guc_stack({settings, environment, parsed, files, machine, output_plugins,
                                versions, archive_group, workers});
    }

    GucStack stack() const {
        auto built = build();
        EXPECT_TRUE(built) << built.error()[0].text();
        return built ? *built : GucStack{};
    }

    void conf(const std::string& text) { files.add_file("/data/postgresql.conf", text); }
    void environment_guc(const std::string& name, const std::string& value) {
        settings.postgresql_conf.environment[name] = {value, "CITUS_GUC_X"};
    }
};

}  // namespace citus_init::render
