#include "citus_init/base/utf8.h"

#include <algorithm>
#include <array>

namespace citus_init {

namespace {

struct Range {
    unsigned char least;
    unsigned char most;
    bool holds(unsigned char byte) const { return byte >= least && byte <= most; }
};

struct Form {
    Range first;
    Range second;  // of a form of one byte: any
    std::size_t length;
};

// Table 3-7 of the Unicode standard: the second byte's range leaves out overlong forms, surrogates
// and what is above U+10FFFF.
constexpr std::array<Form, 9> kForms{{{{0x00, 0x7f}, {0x00, 0xff}, 1},
                                      {{0xc2, 0xdf}, {0x80, 0xbf}, 2},
                                      {{0xe0, 0xe0}, {0xa0, 0xbf}, 3},
                                      {{0xe1, 0xec}, {0x80, 0xbf}, 3},
                                      {{0xed, 0xed}, {0x80, 0x9f}, 3},
                                      {{0xee, 0xef}, {0x80, 0xbf}, 3},
                                      {{0xf0, 0xf0}, {0x90, 0xbf}, 4},
                                      {{0xf1, 0xf3}, {0x80, 0xbf}, 4},
                                      {{0xf4, 0xf4}, {0x80, 0x8f}, 4}}};
constexpr Range kContinuation{0x80, 0xbf};

}  // namespace

std::size_t utf8_length(std::string_view text) {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto* form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& candidate) {
        return !text.empty() && candidate.first.holds(byte(0));
    });
    if (form == kForms.end() || text.size() < form->length) {
        return 0;
    }
    for (std::size_t at = 1; at < form->length; ++at) {
        if (!(at == 1 ? form->second : kContinuation).holds(byte(at))) {
            return 0;
        }
    }
    return form->length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

}  // namespace citus_init
