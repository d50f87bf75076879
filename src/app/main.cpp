#include "citus_init/process/signals.h"

int main() {
    citus_init::process::block_signals();
    return 0;
}
