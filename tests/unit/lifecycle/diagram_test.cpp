#include "citus_init/lifecycle/diagram.h"

#include <gtest/gtest.h>

namespace citus_init::lifecycle {
namespace {

TEST(MermaidText, HasOneLineForEachArrowInTheirOrder) {
    EXPECT_EQ(mermaid_text({{"b", "c", "later"}, {"a", "b", "first"}}),
              "stateDiagram-v2\n    [*] --> initial\n    a --> b: first\n    b --> c: later\n"
              "    finished --> [*]\n");
}

}  // namespace
}  // namespace citus_init::lifecycle
