#include "citus_init/process/signals.h"
#include "citus_init/process/standard_descriptors.h"

#include "app/passed_on_command.h"

int main(int argc, char** argv) {
    using namespace std::string_literals;
    const auto inherited = citus_init::process::block_signals();
    citus_init::process::occupy_standard_descriptors();
    const int first = argc > 1 && argv[1] == "--"s ? 2 : 1;
    return citus_init::app::run_passed_on_command({argv + first, argv + argc}, inherited);
}
