#include "citus_init/settings/hba_lines.h"

#include <algorithm>
#include <utility>

#include "citus_init/base/text.h"

namespace citus_init::settings {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// Reads the fields of a line from front to back.
class FieldReader {
  public:
    explicit FieldReader(std::string_view line) : rest_(line) {}

    std::vector<HbaField> read_all() {
        std::vector<HbaField> fields;
        HbaField field;
        bool goes_on = read_word(field);
        while (!field.words.empty()) {
            while (goes_on && !rest_.empty()) {
                goes_on = read_word(field);
            }
            fields.push_back(std::exchange(field, {}));
            goes_on = read_word(field);
        }
        return fields;
    }

  private:
    // Adds the next word, where there is one; true when a comma ended it.
    bool read_word(HbaField& field) {
        while (!rest_.empty() && (is_blank(rest_.front()) || rest_.front() == ',')) {
            rest_.remove_prefix(1);
        }
        HbaWord word;
        std::string raw;
        bool in_quotes = false;
        bool was_quote = false;
        for (; !rest_.empty() && (in_quotes || !is_blank(rest_.front())); rest_.remove_prefix(1)) {
            const char c = rest_.front();
            if (!in_quotes && (c == '#' || c == ',')) {
                break;
            }
            raw += c;
            if (c != '"' || was_quote) {
                word.text += c;  // two quotes within quotes are one
            }
            was_quote = in_quotes && c == '"' && !was_quote;
            if (c == '"') {
                in_quotes = !in_quotes;
                word.quoted = word.quoted || word.text.empty();
            }
        }
        const bool goes_on = rest_.starts_with(',');
        if (rest_.starts_with('#')) {
            rest_ = {};
        }
        if (!raw.empty()) {
            field.raw += (field.raw.empty() ? "" : ",") + raw;
            field.words.push_back(std::move(word));
        }
        return goes_on;
    }

    std::string_view rest_;
};

}  // namespace

bool is_netmask(std::string_view field) {
    return field.find_first_of(".:") != std::string_view::npos &&
           field.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
}

std::vector<HbaLine> parse_hba(std::string_view text) {
    std::vector<HbaLine> lines;
    HbaLine line;
    int number = 0;
    bool goes_on = false;
    const auto end_line = [&] {
        line.number = number;
        line.text.resize(std::min(line.text.find('\0'), line.text.size()));
        line.text.resize(line.text.find_last_not_of('\r') + 1);
        line.fields = FieldReader(line.text).read_all();
        lines.push_back(std::exchange(line, {}));
    };
    for (std::string_view part : split(text, '\n')) {
        ++number;
        part = part.substr(0, part.find_last_not_of('\r') + 1);
        goes_on = part.ends_with('\\');
        line.text += part.substr(0, part.size() - (goes_on ? 1 : 0));
        if (!goes_on) {
            end_line();
        }
    }
    if (goes_on) {
        end_line();
    }
    return lines;
}

}  // namespace citus_init::settings
