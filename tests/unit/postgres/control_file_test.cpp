#include "citus_init/postgres/control_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/crc32c.h"

#include "unit/postgres/fresh_control_file.h"
#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

TEST(ControlFile, IsReadFromARealOne) {
    const auto control = parse_control_file(fresh_control_file());
    ASSERT_TRUE(control);
    EXPECT_EQ(*control,
              (ControlFile{7711006750842419201ULL, 1300, 202209061, ClusterState::shut_down}));
    EXPECT_TRUE(is_cleanly_shut_down(*control));
}

TEST(ControlFile, RefusesAnyChangedByte) {
    const std::string whole = fresh_control_file();
    for (const std::size_t offset :
         {std::size_t{0}, std::size_t{16}, std::size_t{290}, std::size_t{292}, whole.size() - 1}) {
        std::string torn = whole;
        torn[offset] = static_cast<char>(torn[offset] + 1);
        EXPECT_FALSE(parse_control_file(torn)) << offset;
    }
}

ClusterIdentity some_identity() {
    ClusterIdentity identity{0x0123456789ABCDEFULL, {}};
    identity.nonce.fill('n');
    return identity;
}

TEST(ControlFile, TakesAnotherIdentityAndStaysValid) {
    const std::string whole = fresh_control_file();
    const auto changed = control_file_with(whole, some_identity());
    ASSERT_TRUE(changed);
    EXPECT_EQ(*parse_control_file(*changed),
              (ControlFile{0x0123456789ABCDEFULL, 1300, 202209061, ClusterState::shut_down}));
    // Identifier, nonce (f804736b... in the file above) and checksum; nothing else.
    constexpr std::size_t kNonce = 256;
    constexpr std::size_t kChecksum = kNonce + 32;
    EXPECT_EQ(changed->substr(8, kNonce - 8), whole.substr(8, kNonce - 8));
    EXPECT_EQ(changed->substr(kNonce, 32), std::string(32, 'n'));
    EXPECT_EQ(changed->substr(kChecksum + 4), whole.substr(kChecksum + 4));
}

// With its zeros it has the CRC of every other control file.
TEST(ControlFile, HasAFingerprintThatChangesWithItsContent) {
    const Scratch scratch;
    const RealFilesystem files;
    EXPECT_FALSE(control_fingerprint(files, scratch.path()));
    scratch.write("global/pg_control", fresh_control_file());
    EXPECT_EQ(control_fingerprint(files, scratch.path()).value(), "7711006750842419201:2707b656");
    ClusterIdentity other = some_identity();
    other.system_identifier = 7711006750842419201ULL;
    scratch.write("global/pg_control.old", control_file_with(fresh_control_file(), other).value());
    EXPECT_EQ(control_fingerprint(files, scratch.path()).value(), "7711006750842419201:2707b656");
    std::filesystem::remove(scratch / "global/pg_control");
    EXPECT_NE(control_fingerprint(files, scratch.path()).value(), "7711006750842419201:2707b656");
    scratch.write("global/pg_control.old", "torn");
    EXPECT_FALSE(control_fingerprint(files, scratch.path()));
}

TEST(ControlFile, TakesNoIdentityWhereItIsDamagedOrOfAnUnknownVersion) {
    std::string torn = fresh_control_file();
    torn[100] = static_cast<char>(torn[100] + 1);
    EXPECT_FALSE(control_file_with(torn, some_identity()));
    EXPECT_FALSE(control_file_with("", some_identity()));
}

// The fresh file with another byte, and the checksum that fits.
std::string with_byte(std::size_t offset, char value, std::size_t checksum) {
    std::string bytes = fresh_control_file();
    bytes[offset] = value;
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(0, checksum));
    bytes.replace(checksum, sizeof crc, reinterpret_cast<const char*>(&crc), sizeof crc);
    return bytes;
}

TEST(ControlFile, SaysWhetherPagesHaveChecksums) {
    EXPECT_FALSE(has_data_checksums(fresh_control_file()).value());
    constexpr std::size_t kDataChecksumVersion = 252;  // just before the nonce
    constexpr std::size_t kChecksum = 288;
    EXPECT_TRUE(has_data_checksums(with_byte(kDataChecksumVersion, 1, kChecksum)).value());
    EXPECT_FALSE(has_data_checksums(""));
}

// XLogLongPageHeaderData: magic, flags with XLP_LONG_HEADER, timeline, address, length; identifier.
std::string first_wal_page(std::uint64_t identifier) {
    std::string page(40, '\0');
    page[2] = 2;
    page.replace(24, sizeof identifier, reinterpret_cast<const char*>(&identifier),
                 sizeof identifier);
    return page;
}

TEST(WalPage, TakesAnotherIdentifierOfTheSameClusterOnly) {
    EXPECT_EQ(wal_page_with(first_wal_page(7), 7, 8).value_or(""), first_wal_page(8));
    EXPECT_FALSE(wal_page_with(first_wal_page(6), 7, 8));
    std::string short_header = first_wal_page(7);
    short_header[2] = 0;
    EXPECT_FALSE(wal_page_with(short_header, 7, 8));
    EXPECT_FALSE(wal_page_with("", 0, 8));
}

TEST(ControlFile, RefusesAWrongSizeAndAnEmptyOne) {
    EXPECT_FALSE(parse_control_file(""));
    EXPECT_FALSE(parse_control_file(fresh_control_file().substr(0, 292)));
    EXPECT_FALSE(parse_control_file(std::string(8192, '\0')));
}

TEST(ControlFile, ErrorsNameTheFile) {
    const Scratch scratch;
    scratch.write("global/pg_control", "short");
    const auto control = read_control_file(RealFilesystem(), scratch.path());
    ASSERT_FALSE(control);
    EXPECT_EQ(control.error().code, ExitCode::data_directory);
    EXPECT_THAT(control.error().message,
                ::testing::HasSubstr("/global/pg_control\" has 5 bytes instead of 8192"));
}

TEST(ClusterState, OnlyTheShutDownOnesAreClean) {
    for (int number = 0; number <= 6; ++number) {
        const auto state = static_cast<ClusterState>(number);
        EXPECT_EQ(is_cleanly_shut_down({0, 0, 0, state}), number == 1 || number == 2)
            << cluster_state_name(state);
    }
}

}  // namespace
}  // namespace citus_init::postgres
