#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citus_init::backup {

// How far `pgbackrest backup`, or `restore`, is, from what it prints with
// --log-level-console=detail: a line for each file that it has copied, with the part of all bytes
// so far. (`pgbackrest info` shows no progress before 2.47.) Pure, for any bytes.
class BackupOutput {
  public:
    void read(std::string_view piece);

    int permille() const { return permille_; }           // of the bytes to be copied
    std::int64_t bytes() const { return bytes_; }        // copied so far; sizes are rounded
    std::int64_t total_bytes() const;                    // by both; 0 = not known yet
    const std::string& label() const { return label_; }  // "" before the end
    bool is_complete() const { return complete_; }  // the backup counts, whatever comes after it

  private:
    void read_line(std::string_view line);

    std::string rest_;
    int permille_ = 0;
    std::int64_t bytes_ = 0;
    std::string label_;
    bool complete_ = false;
};

}  // namespace citus_init::backup
