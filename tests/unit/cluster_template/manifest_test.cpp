#include "cluster_template/manifest.h"

#include <gtest/gtest.h>

namespace citus_init::cluster_template {
namespace {

Manifest some_manifest() {
    Manifest manifest;
    manifest.program_version = "1.0";
    manifest.postgres_version = "15.20";
    manifest.citus_version = "13.2-1";
    manifest.created = "2026-01-01T00:00:00Z";
    manifest.cluster = "UTF8, collation C.UTF-8, checksums off";
    manifest.origin.initdb_arguments = {"--encoding=UTF8"};
    manifest.origin.locale = {{"LC_COLLATE", "C.UTF-8"}};
    manifest.origin.server_files = {{"postgres", {9'000'000, 0xDEADBEEF}}};
    manifest.origin.citus_files = {{"citus.so", {2'000'000, 0x0000000F}}};
    manifest.objects = {{8192, 1}, {10, 2}};
    manifest.variants[Variant::plain] = {{"PG_VERSION", 0600, false, 1, 3},
                                         {"base", 0700, true, std::nullopt, 0},
                                         {"base/an empty one", 0600, false, std::nullopt, 0},
                                         {"pg_wal/0", 0600, false, 0, 16 << 20}};
    manifest.variants[Variant::other] = {{"PG_VERSION", 0640, false, 1, 3}};
    return manifest;
}

TEST(Manifest, IsReadAsItWasWritten) {
    const auto parsed = parse_manifest(manifest_text(some_manifest()));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, some_manifest());
}

TEST(Manifest, RefusesWhatItDoesNotKnow) {
    for (const char* text : {"", "[]", "{}", R"({"format": 1})", R"({"format": 3})",
                             R"({"format": 2, "variants": {"plain": ["f 0600 0 3 x"]}})",
                             R"({"format": 2, "variants": {"plain": ["d 9 x"]}})",
                             R"({"format": 2, "variants": {"plain": ["f 0600 -"]}})"}) {
        EXPECT_FALSE(parse_manifest(text)) << text;
    }
}

TEST(Digest, IsReadAsItWasWritten) {
    EXPECT_EQ(to_string(digest_of("123456789")), "9:e3069283");
    EXPECT_EQ(parse_digest("9:e3069283"), digest_of("123456789"));
    for (const char* text : {"", "9", "9:", ":1", "9:e3069283 ", "9:xyz"}) {
        EXPECT_FALSE(parse_digest(text)) << text;
    }
}

}  // namespace
}  // namespace citus_init::cluster_template
