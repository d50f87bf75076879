#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/text.h"
#include "citus_init/metrics/exposition.h"

namespace citus_init::metrics {

namespace {

// One element of an Accept header (RFC 9110, 12.5.1).
struct MediaRange {
    std::string type;     // in lower case: "text/plain", "*/*"
    std::string version;  // "" = any
    int quality = 1000;   // in thousandths
};

// "0.25" is 250. None: not as RFC 9110 has it.
std::optional<int> parse_quality(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    std::string digits(text.substr(0, 1));
    digits += text.size() > 2 ? text.substr(2) : "";
    digits.resize(4, '0');
    const auto number = parse_integer(digits, 0, 1000);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// None: malformed, which asks for nothing.
std::optional<MediaRange> parse_range(std::string_view text) {
    MediaRange range;
    bool is_first = true;
    for (const std::string& part : split(text, ';')) {
        const std::string_view trimmed = trim(part);
        if (is_first) {
            range.type = to_lower(trimmed);
            is_first = false;
            continue;
        }
        const std::size_t equals = trimmed.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string name = to_lower(trim(trimmed.substr(0, equals)));
        std::string_view value = trim(trimmed.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        if (name == "version") {
            range.version = value;
        } else if (name == "q") {
            const auto quality = parse_quality(value);
            if (!quality) {
                return std::nullopt;
            }
            range.quality = *quality;
        }
    }
    return range.type.empty() ? std::nullopt : std::optional(range);
}

struct Offer {
    Format format;
    std::string_view type;
    std::string_view group;
    std::string_view version;
};

// The text format stands first: it is taken where both are equally good.
constexpr std::array<Offer, 2> kOffers{{
    {Format::text, "text/plain", "text/*", "0.0.4"},
    {Format::openmetrics, "application/openmetrics-text", "application/*", "1.0.0"},
}};

// How exactly a range names the offer; 0: it does not.
int exactness(const MediaRange& range, const Offer& offer) {
    if (range.type == offer.type) {
        if (range.version.empty()) {
            return 3;
        }
        return range.version == offer.version ? 4 : 0;
    }
    if (range.type == offer.group) {
        return 2;
    }
    return range.type == "*/*" ? 1 : 0;
}

struct Preference {
    int quality = 0;  // of the range that names the offer most exactly
    int exactness = 0;
    std::size_t position = 0;

    bool is_better_than(const Preference& other) const {
        if (quality != other.quality) {
            return quality > other.quality;
        }
        return exactness != other.exactness ? exactness > other.exactness
                                            : position < other.position;
    }
};

Preference preference_for(const Offer& offer, const std::vector<MediaRange>& ranges) {
    Preference best;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const int exact = exactness(ranges[i], offer);
        if (exact > best.exactness) {
            best = {ranges[i].quality, exact, i};
        }
    }
    return best;
}

}  // namespace

Format negotiate_format(std::string_view accept) {
    std::vector<MediaRange> ranges;
    for (const std::string& part : split(accept, ',')) {
        if (auto range = parse_range(part)) {
            ranges.push_back(std::move(*range));
        }
    }
    const Preference text = preference_for(kOffers[0], ranges);
    const Preference open = preference_for(kOffers[1], ranges);
    // A group that both belong to says nothing for the less common one.
    const bool is_asked_for = open.quality > 0 && open.exactness >= 2;
    return is_asked_for && open.is_better_than(text) ? Format::openmetrics : Format::text;
}

}  // namespace citus_init::metrics
