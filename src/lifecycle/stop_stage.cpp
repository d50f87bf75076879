#include "citus_init/lifecycle/stop_stage.h"

#include <algorithm>

namespace citus_init::lifecycle {

StopStage stage_of(StopMode mode) {
    return mode == StopMode::fast ? StopStage::interrupt : StopStage::quit;
}

StopStage escalated(StopStage stage) {
    return std::max(stage, StopStage::quit);
}

Signal signal_of(StopStage stage) {
    switch (stage) {
        case StopStage::none:
        case StopStage::asked:
        case StopStage::interrupt:
            return Signal::interrupt;
        case StopStage::quit:
            return Signal::quit;
        case StopStage::kill:
            return Signal::kill;
    }
    return Signal::kill;
}

}  // namespace citus_init::lifecycle
