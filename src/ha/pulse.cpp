#include "citus_init/ha/pulse.h"

namespace citus_init::ha {

const char* answer_name(Answer answer) {
    switch (answer) {
        case Answer::alive:
            return "alive";
        case Answer::stuck:
            return "stuck";
        case Answer::silent:
            return "silent";
    }
    return "";
}

}  // namespace citus_init::ha
