#include <algorithm>
#include <cstdlib>
#include <string>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/render/tuning.h"

namespace citus_init::render {
namespace {

Tuning tuning_of(double megabytes, TunedRole role) {
    TuningInputs inputs;
    inputs.machine.memory = megabytes * 1024 * 1024;
    inputs.machine.cpus = std::max(1, static_cast<int>(megabytes / 2048));
    inputs.role = role;
    inputs.workers = role == TunedRole::standalone ? 0 : 4;
    return tune(inputs);
}

std::string cell(const Tuning& tuning, const char* name) {
    return tuning.values.at(name).value;
}

std::string table_of_sizes() {
    std::string text =
        "| memory | worker: `shared_buffers`, `max_connections`, `work_mem` | coordinator: the "
        "same | its clients, pool, executor pool | standalone node: `shared_buffers`, "
        "`max_connections`, `work_mem` |\n|---|---|---|---|---|\n";
    for (const int size : {256, 512, 1024, 2048, 4096, 8192, 16384, 65536}) {
        const auto three = [](const Tuning& tuning) {
            return fmt::format("{}, {}, {}", cell(tuning, "shared_buffers"),
                               cell(tuning, "max_connections"), cell(tuning, "work_mem"));
        };
        const auto coordinator = tuning_of(size, TunedRole::coordinator);
        text += fmt::format(
            "| {} | {} | {} | {}, {}, {} | {} |\n",
            size < 1024 ? fmt::format("{} MB", size) : fmt::format("{} GB", size / 1024),
            three(tuning_of(size, TunedRole::worker)), three(coordinator),
            cell(coordinator, "citus.max_client_connections"),
            cell(coordinator, "citus.max_shared_pool_size"),
            cell(coordinator, "citus.max_adaptive_executor_pool_size"),
            three(tuning_of(size, TunedRole::standalone)));
    }
    return text;
}

TEST(TuningPage, HasTheTableThatTheCodeComputes) {
    const std::string path = CITUS_INIT_SOURCE_DIR "/docs/tuning.md";
    const std::string begin = "<!-- table: made by tests/unit/render/tuning_page_test.cpp -->\n";
    auto page = RealFilesystem().read(path);
    ASSERT_TRUE(page);
    const auto from = page->find(begin) + begin.size();
    const auto to = page->find("<!-- end of table -->");
    ASSERT_LT(from, to + 1);
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::string text = *page;
        ASSERT_TRUE(
            write_file_atomically(path, text.replace(from, to - from, table_of_sizes()), 0644));
        return;
    }
    EXPECT_EQ(page->substr(from, to - from), table_of_sizes())
        << "Run this test with UPDATE_GOLDEN=1 and commit docs/tuning.md";
}

}  // namespace
}  // namespace citus_init::render
