#include <map>

#include <gtest/gtest.h>

#include "doctor/readers.h"

namespace citus_init::doctor {
namespace {

ReadFile files_of(const std::map<std::string, std::string>& files) {
    return [files](const std::string& path) -> Result<std::string> {
        const auto found = files.find(path);
        return found == files.end() ? fail(ExitCode::unavailable, "none")
                                    : Result<std::string>(found->second);
    };
}

constexpr const char* kMounts =
    "overlay / overlay rw,relatime 0 0\n"
    "shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0\n"
    "/dev/sda1 /var/lib/postgresql/data ext4 rw 0 0\n"
    "server:/x /mnt/my\\040data nfs4 rw 0 0\n";

TEST(MachineFacts, AreReadFromTheFilesOfTheKernel) {
    const auto read = files_of({{"/proc/self/mounts", kMounts},
                                {"/proc/meminfo", "MemTotal:       2048 kB\n"},
                                {"/sys/fs/cgroup/memory.max", "1048576\n"}});
    const MachineFacts facts = read_machine(read, "/var/lib/postgresql/data");
    EXPECT_EQ(facts.file_system, "ext4");
    EXPECT_EQ(facts.shared_memory, 64.0 * 1024 * 1024);
    EXPECT_EQ(facts.memory_limit, 1024.0 * 1024);
    EXPECT_EQ(facts.memory, 2048.0 * 1024);
    EXPECT_EQ(read_machine(read, "/var/lib/postgresql/database").file_system, "overlay");
    EXPECT_EQ(read_machine(read, "/mnt/my data/1").file_system, "nfs4");
}

TEST(MachineFacts, AreUnknownWithoutTheFiles) {
    const MachineFacts facts = read_machine(files_of({}), "/data");
    EXPECT_EQ(facts.file_system, "");
    EXPECT_FALSE(facts.shared_memory || facts.memory_limit || facts.memory);
}

TEST(MachineFacts, KnowAStopThatWasCutOff) {
    const auto facts = read_machine(
        files_of({{"citus_init/stop.json",
                   R"({"began":"2026-11-30T01:02:03Z","directory_id":7,"reported":true})"}}),
        "/data");
    EXPECT_EQ(facts.cut_off_stop, "2026-11-30T01:02:03Z");
}

TEST(MachineFacts, KnowTheDefaultSizeOfTmpfsAndNoLimit) {
    const MachineFacts facts =
        read_machine(files_of({{"/proc/self/mounts", "tmpfs /dev/shm tmpfs rw,nosuid 0 0\n"},
                               {"/proc/meminfo", "MemTotal: 2048 kB\n"},
                               {"/sys/fs/cgroup/memory.max", "max\n"}}),
                     "/data");
    EXPECT_EQ(facts.shared_memory, 1024.0 * 1024);
    EXPECT_EQ(facts.memory_limit, std::nullopt);
}

}  // namespace
}  // namespace citus_init::doctor
