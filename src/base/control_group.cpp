#include "citus_init/base/control_group.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"

namespace citus_init {

namespace {

constexpr long long kUnlimited = 1LL << 60;  // version 1 has a greater number for no limit

// A hierarchy of control groups that is mounted here.
struct Hierarchy {
    bool is_unified = false;  // version 2
    std::string mount;
    std::string group;  // directory of the own group: `mount`, or below it
};

// proc(5): "36 35 0:32 /docker/ID /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory"
struct CgroupMount {
    std::string root;
    std::string directory;
    std::string type;
    std::vector<std::string> controllers;  // of version 1, among other options
};

std::vector<CgroupMount> cgroup_mounts(const std::string& mountinfo) {
    std::vector<CgroupMount> mounts;
    for (const std::string& line : split(mountinfo, '\n')) {
        // A container has dozens of mounts, and at most a few of these.
        const auto dash = line.find(" - cgroup");
        if (dash == std::string::npos) {
            continue;
        }
        const auto words = split(std::string_view(line).substr(0, dash), ' ');
        if (words.size() < 6) {
            continue;
        }
        const auto source = split(std::string_view(line).substr(dash + 3), ' ');
        if (source.size() >= 3) {
            mounts.push_back({words[3], words[4], source[0], split(source[2], ',')});
        }
    }
    return mounts;
}

// cgroup_namespaces(7): a group outside of the own namespace, such as the root of the host's mount.
bool is_outside(const std::string& group) {
    return (group + "/").find("/../") != std::string::npos;
}

// Of a container's group its own root may be all that is mounted. Where the way from the mount's
// root to the own group is not known, that root is at least above it.
std::string group_directory(const CgroupMount& mount, const std::string& path) {
    if (is_outside(path) || is_outside(mount.root) || !is_within(path, mount.root)) {
        return mount.directory;
    }
    const std::string below = mount.root == "/" ? path : path.substr(mount.root.size());
    return without_trailing_slashes(mount.directory + below);
}

// "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1.
std::vector<Hierarchy> hierarchies(const ReadFile& read, const std::string& controller) {
    const auto mounts = cgroup_mounts(read("/proc/self/mountinfo").value_or(""));
    std::vector<Hierarchy> found;
    for (const std::string& line : split(read("/proc/self/cgroup").value_or(""), '\n')) {
        const auto first = line.find(':');
        const auto second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) {
            continue;
        }
        const auto names = split(std::string_view(line).substr(first + 1, second - first - 1), ',');
        const bool is_unified = names.front().empty() && line.starts_with("0:");
        if (!is_unified && std::find(names.begin(), names.end(), controller) == names.end()) {
            continue;
        }
        for (const CgroupMount& mount : mounts) {
            const bool has_it = std::find(mount.controllers.begin(), mount.controllers.end(),
                                          controller) != mount.controllers.end();
            if (is_unified ? mount.type == "cgroup2" : mount.type == "cgroup" && has_it) {
                found.push_back(
                    {is_unified, mount.directory, group_directory(mount, line.substr(second + 1))});
            }
        }
    }
    if (found.empty()) {
        const std::string root = "/sys/fs/cgroup";
        const std::string old = fmt::format("{}/{}", root, controller);
        found = {{true, root, root}, {false, old, old}};
    }
    return found;
}

// From the own group up to what is mounted.
std::vector<std::string> groups_upwards(const Hierarchy& hierarchy) {
    std::vector<std::string> groups{hierarchy.group};
    while (groups.back().size() > hierarchy.mount.size()) {
        groups.push_back(groups.back().substr(0, groups.back().rfind('/')));
    }
    return groups;
}

class Smallest {
  public:
    void take(std::optional<double> amount, const std::string& file) {
        if (amount && (!found || *amount < found->amount)) {
            found = GroupLimit{*amount, file};
        }
    }

    std::optional<GroupLimit> found;
};

std::optional<double> bytes_in(std::string_view text) {
    const auto number = parse_integer(trim(text), 1, kUnlimited - 1);
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

void take_memory(const ReadFile& read, const std::string& file, Smallest& smallest) {
    smallest.take(bytes_in(read(file).value_or("")), file);
}

void take_memory_above(const ReadFile& read, const std::string& group, Smallest& smallest) {
    constexpr std::string_view kKey = "hierarchical_memory_limit ";
    const std::string file = group + "/memory.stat";
    for (const std::string& line : split(read(file).value_or(""), '\n')) {
        if (line.starts_with(kKey)) {
            smallest.take(bytes_in(std::string_view(line).substr(kKey.size())), file);
        }
    }
}

// "-1" and "max" are no quota.
std::optional<double> quota_in(std::string_view runtime, std::string_view period) {
    const auto granted = parse_integer(trim(runtime), 1, kUnlimited);
    const auto of = parse_integer(trim(period), 1, kUnlimited);
    return granted && of ? std::optional(static_cast<double>(*granted) / static_cast<double>(*of))
                         : std::nullopt;
}

void take_cpus(const ReadFile& read, const std::string& group, bool is_unified,
               Smallest& smallest) {
    if (is_unified) {
        const std::string file = group + "/cpu.max";
        const auto words = split(trim(read(file).value_or("")), ' ');
        if (words.size() == 2) {
            smallest.take(quota_in(words[0], words[1]), file);
        }
        return;
    }
    const std::string file = group + "/cpu.cfs_quota_us";
    if (const auto quota = read(file)) {
        const std::string period = read(group + "/cpu.cfs_period_us").value_or("");
        smallest.take(quota_in(*quota, period), file);
    }
}

}  // namespace

std::optional<GroupLimit> memory_limit(const ReadFile& read) {
    Smallest smallest;
    for (const Hierarchy& hierarchy : hierarchies(read, "memory")) {
        for (const std::string& group : groups_upwards(hierarchy)) {
            if (hierarchy.is_unified) {
                take_memory(read, group + "/memory.max", smallest);
                take_memory(read, group + "/memory.high", smallest);
            } else {
                take_memory(read, group + "/memory.limit_in_bytes", smallest);
            }
        }
        if (!hierarchy.is_unified) {
            take_memory_above(read, hierarchy.group, smallest);
        }
    }
    return smallest.found;
}

std::optional<GroupLimit> cpu_limit(const ReadFile& read) {
    Smallest smallest;
    for (const Hierarchy& hierarchy : hierarchies(read, "cpu")) {
        for (const std::string& group : groups_upwards(hierarchy)) {
            take_cpus(read, group, hierarchy.is_unified, smallest);
        }
    }
    return smallest.found;
}

}  // namespace citus_init
