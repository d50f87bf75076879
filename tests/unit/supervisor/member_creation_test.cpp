#include "supervisor/patroni/member_creation.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "citus_init/postgres/creation_record.h"

#include "unit/postgres/scratch.h"

namespace citus_init::supervisor {
namespace {

using postgres::CreationRecord;
using settings::YamlValue;

YamlValue standby_cluster() {
    YamlValue value = YamlValue::map_of({{"host", YamlValue::string("site1.example.com")}});
    for (const char* key : {"standby_cluster", "dcs", "bootstrap"}) {
        value = YamlValue::map_of({{key, value}});
    }
    return value;
}

// What pg_basebackup leaves that is cut off, beside a record of it.
class InterruptedCopy {
  public:
    InterruptedCopy(CreationRecord record, YamlValue extra) {
        member_.node.data_directory = scratch_ / "data";
        member_.node.settings.patroni.emplace().extra = std::move(extra);
        scratch_.write("data/backup_label", "");
        scratch_.write("data/base/1/1259", "");
        scratch_.write("data.incomplete", postgres::creation_record_text(record));
    }
    const Member& member() const { return member_; }
    bool is_noted() const {
        return postgres::parse_creation_record(scratch_.read("data.incomplete")).was_interrupted;
    }

  private:
    postgres::Scratch scratch_;
    Member member_;
};

TEST(MemberCreation, TakesAFirstCopyInAStandbyClusterForABootstrap) {
    const InterruptedCopy first({.began = 1}, standby_cluster());
    EXPECT_TRUE(is_interrupted_bootstrap(first.member()));
    note_bootstrap_to_stop(first.member());
    EXPECT_TRUE(first.is_noted());
}

TEST(MemberCreation, TakesTheCopyOfAReplicaForNone) {
    const InterruptedCopy first({.began = 1}, {});
    const InterruptedCopy replaced({.began = 1, .replaced_control_ns = 5}, standby_cluster());
    for (const InterruptedCopy* copy : {&first, &replaced}) {
        EXPECT_FALSE(is_interrupted_bootstrap(copy->member()));
        note_bootstrap_to_stop(copy->member());
        EXPECT_FALSE(copy->is_noted());
    }
}

}  // namespace
}  // namespace citus_init::supervisor
