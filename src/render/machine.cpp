#include "citus_init/render/machine.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/control_group.h"
#include "citus_init/base/disk_space.h"
#include "citus_init/base/machine_memory.h"
#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

// "0-3,8" of /proc/self/status; hexadecimal masks need no reading then.
std::optional<double> scheduling_mask(const Filesystem& files) {
    const auto status = files.read("/proc/self/status");
    constexpr std::string_view kKey = "Cpus_allowed_list:";
    if (!status) {
        return std::nullopt;
    }
    for (const std::string& line : split(*status, '\n')) {
        if (!line.starts_with(kKey)) {
            continue;
        }
        int count = 0;
        for (const std::string& range : split(trim(line.substr(kKey.size())), ',')) {
            const auto ends = split(range, '-');
            const auto first = parse_integer(ends.front(), 0, 1 << 20);
            const auto last = parse_integer(ends.back(), 0, 1 << 20);
            if (!first || !last || *last < *first) {
                return std::nullopt;
            }
            count += static_cast<int>(*last - *first) + 1;
        }
        return count;
    }
    return std::nullopt;
}

// The one of several limits that decides.
class Decisive {
  public:
    void take(const std::optional<double>& amount, const std::string& origin) {
        if (amount && (!is_known || *amount < value)) {
            is_known = true;
            value = *amount;
            from = origin;
        }
    }

    bool is_known = false;
    double value = 0;
    std::string from;
};

void read_cpus(const Filesystem& files, const ReadFile& read, const settings::Settings& settings,
               Machine& machine) {
    Decisive cpus;
    cpus.take(scheduling_mask(files), "the scheduling mask");
    if (const auto quota = cpu_limit(read)) {
        cpus.take(quota->amount, "quota from " + quota->file);
    }
    cpus.take(settings.tuning.cpus, "CITUS_CPUS");
    machine.cpus = std::max(1, static_cast<int>(std::ceil(cpus.value)));
    machine.cpus_origin = cpus.is_known ? cpus.from : "not known";
}

// A machine without a limit is somebody else's, too: a laptop, a second container.
void read_memory(const Filesystem& files, const ReadFile& read, const settings::Settings& settings,
                 Machine& machine) {
    const auto total = meminfo_bytes(files.read("/proc/meminfo").value_or(""), "MemTotal:");
    Decisive memory;
    if (const auto limit = memory_limit(read)) {
        memory.take(limit->amount, "memory limit from " + limit->file);
    }
    memory.take(settings.tuning.memory, "CITUS_MEMORY");
    if (memory.is_known) {
        memory.take(total, "this machine's memory");
    } else if (total) {
        memory.take(*total / 2, "half of this machine's memory, as no limit is set");
    }
    machine.memory = memory.value;
    machine.memory_origin = memory.from;
}

// Its size, not what is free of it: the same at each start.
std::optional<double> disk_of_wal(const settings::Settings& settings) {
    const std::string& directory = settings.postgres.data_directory;
    for (const std::string& path : {directory + "/pg_wal", settings.postgres.initdb_waldir,
                                    directory, directory.substr(0, directory.rfind('/'))}) {
        if (const auto space = disk_space(path); space && !path.empty()) {
            return static_cast<double>(space->total);
        }
    }
    return std::nullopt;
}

}  // namespace

Machine read_machine(const Filesystem& files, const settings::Settings& settings) {
    const ReadFile read = [&](const std::string& path) { return files.read(path); };
    Machine machine;
    read_cpus(files, read, settings, machine);
    if (settings.tuning.automatic) {
        read_memory(files, read, settings, machine);
        machine.disk = disk_of_wal(settings);
    }
    return machine;
}

}  // namespace citus_init::render
