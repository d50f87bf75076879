#include "citus_init/postgres/shell_words.h"

#include <cstddef>

namespace citus_init::postgres {

namespace {

class Splitter {
  public:
    explicit Splitter(std::string_view text) : text_(text) {}

    [[nodiscard]] Result<std::vector<std::string>> run();

  private:
    bool at_end() const { return position_ == text_.size(); }
    char take() { return text_[position_++]; }
    void finish_word();
    [[nodiscard]] Status take_into_word(char c);
    [[nodiscard]] Status take_single_quoted();
    [[nodiscard]] Status take_double_quoted();
    [[nodiscard]] Status take_escaped();

    std::string_view text_;
    std::size_t position_ = 0;
    std::string word_;
    bool in_word_ = false;  // "" is a word too
    std::vector<std::string> words_;
};

void Splitter::finish_word() {
    if (in_word_) {
        words_.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }
}

Status Splitter::take_single_quoted() {
    while (!at_end()) {
        const char c = take();
        if (c == '\'') {
            return {};
        }
        word_ += c;
    }
    return fail(ExitCode::config, "a single quote (') is not closed");
}

Status Splitter::take_double_quoted() {
    constexpr std::string_view kEscapable = "\"\\$`\n";
    while (!at_end()) {
        char c = take();
        if (c == '"') {
            return {};
        }
        if (c == '\\' && !at_end() && kEscapable.find(text_[position_]) != std::string_view::npos) {
            c = take();
            if (c == '\n') {
                continue;  // a continued line
            }
        }
        word_ += c;
    }
    return fail(ExitCode::config, "a double quote (\") is not closed");
}

Status Splitter::take_escaped() {
    if (at_end()) {
        return fail(ExitCode::config, "a backslash stands at the end");
    }
    if (const char c = take(); c != '\n') {
        word_ += c;
        in_word_ = true;
    }
    return {};
}

Status Splitter::take_into_word(char c) {
    if (c == '\\') {
        return take_escaped();
    }
    in_word_ = true;
    if (c == '\'') {
        return take_single_quoted();
    }
    if (c == '"') {
        return take_double_quoted();
    }
    word_ += c;
    return {};
}

Result<std::vector<std::string>> Splitter::run() {
    while (!at_end()) {
        if (const char c = take(); c == ' ' || c == '\t' || c == '\n') {
            finish_word();
        } else {
            CITUS_INIT_TRY(take_into_word(c));
        }
    }
    finish_word();
    return std::move(words_);
}

}  // namespace

Result<std::vector<std::string>> split_shell_words(std::string_view text) {
    return Splitter(text).run();
}

}  // namespace citus_init::postgres
