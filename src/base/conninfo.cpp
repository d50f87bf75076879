#include "citus_init/base/conninfo.h"

#include <cctype>

namespace citus_init {

namespace {

// A cursor over the text; every function leaves it behind what it took.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }

    void skip_space() {
        while (!rest_.empty() && is_space(rest_.front())) {
            rest_.remove_prefix(1);
        }
    }

    std::string take_keyword() {
        std::string keyword;
        while (!rest_.empty() && rest_.front() != '=' && !is_space(rest_.front())) {
            keyword += take();
        }
        return keyword;
    }

    bool take_if(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    // A backslash takes the next character as it is, in quotes or not.
    std::optional<std::string> take_value() {
        const bool quoted = take_if('\'');
        std::string value;
        while (!rest_.empty()) {
            if (quoted ? rest_.front() == '\'' : is_space(rest_.front())) {
                break;
            }
            if (take_if('\\') && rest_.empty()) {
                break;
            }
            value += take();
        }
        if (quoted && !take_if('\'')) {
            return std::nullopt;
        }
        return value;
    }

  private:
    static bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
};

}  // namespace

std::optional<std::map<std::string, std::string>> parse_conninfo(std::string_view text) {
    std::map<std::string, std::string> options;
    Reader reader(text);
    for (reader.skip_space(); !reader.at_end(); reader.skip_space()) {
        const std::string keyword = reader.take_keyword();
        reader.skip_space();
        if (keyword.empty() || !reader.take_if('=')) {
            return std::nullopt;
        }
        reader.skip_space();
        const auto value = reader.take_value();
        if (!value) {
            return std::nullopt;
        }
        options[keyword] = *value;
    }
    return options;
}

}  // namespace citus_init
