#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace citus_init::settings {

// One word of a list. In quotes it is a name and never a keyword, a group or a file.
struct HbaWord {
    std::string text;     // without quotes
    bool quoted = false;  // from its first character on
    bool operator==(const HbaWord&) const = default;
};

// A field of a line of pg_hba.conf: a list of words with commas between.
struct HbaField {
    std::string raw;  // as it stands there, quotes included, without blanks outside of them
    std::vector<HbaWord> words;

    // The only word; "" of a list.
    std::string text() const { return words.size() == 1 ? words.front().text : std::string{}; }
};

struct HbaLine {
    int number = 1;    // of its last line of text
    std::string text;  // without what ends it, put together where it goes on in the next line
    std::vector<HbaField> fields;  // none of a comment
};

// Whether a field behind an address is its mask: "255.255.0.0", "ffff::".
bool is_netmask(std::string_view field);

// Reads a pg_hba.conf as tokenize_auth_file(), next_field_expand() and next_token() of PostgreSQL's
// hba.c do: a backslash at the end continues a line, a carriage return is a blank, quotes hold
// blanks, a comma joins what follows it. Files that it includes are not read. Pure, for any bytes.
std::vector<HbaLine> parse_hba(std::string_view text);

}  // namespace citus_init::settings
