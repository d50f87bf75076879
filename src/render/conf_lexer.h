#pragma once

#include <string>
#include <string_view>

namespace citus_init::render {

enum class ConfToken {
    identifier,
    qualified_identifier,
    string,
    unquoted_string,
    integer,
    real,
    equals,
    end_of_line,
    end_of_file,
    error,
};

// The scanner of PostgreSQL's guc-file.l: the longest match wins, of equal ones the first rule.
// The text must outlive it.
class ConfLexer {
  public:
    explicit ConfLexer(std::string_view text) : rest_(text) {}

    ConfToken next();
    // The text of the last token, quotes included.
    std::string_view token() const { return token_; }

  private:
    std::string_view rest_;
    std::string_view token_;
};

// The value of a `string` token: its quotes and escapes undone (GUC_scanstr() of guc-file.l).
std::string unquote_conf_string(std::string_view token);

}  // namespace citus_init::render
