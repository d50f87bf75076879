#include "cluster_template/manifest.h"

#include <array>
#include <charconv>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::cluster_template {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 2;  // 1 had a file for each object
constexpr std::array kVariants{Variant::plain, Variant::postgres, Variant::other};

// "d 0700 base" or "f 0600 OBJECT SIZE base/1/1259", OBJECT "-" for an empty file.
std::string entry_text(const Entry& entry) {
    return entry.is_directory ? fmt::format("d {:04o} {}", entry.mode, entry.path)
                              : fmt::format("f {:04o} {} {} {}", entry.mode,
                                            entry.object ? std::to_string(*entry.object) : "-",
                                            entry.size, entry.path);
}

// The next word of `text`, which goes on behind the blank.
std::string_view take_word(std::string_view& text) {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

template <typename Number>
bool parse_number(std::string_view word, Number& number, int base = 10) {
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number, base);
    return parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size();
}

std::optional<Entry> parse_entry(std::string_view text, std::size_t objects) {
    constexpr int kOctal = 8;
    Entry entry;
    entry.is_directory = take_word(text) == "d";
    bool good = parse_number(take_word(text), entry.mode, kOctal);
    if (!entry.is_directory) {
        std::size_t object = 0;
        if (const auto word = take_word(text); word != "-") {
            good = good && parse_number(word, object) && object < objects;
            entry.object = object;
        }
        good = good && parse_number(take_word(text), entry.size);
    }
    entry.path = text;
    return good && !entry.path.empty() ? std::optional(std::move(entry)) : std::nullopt;
}

Json digests_json(const std::map<std::string, Digest>& digests) {
    Json json = Json::object();
    for (const auto& [name, digest] : digests) {
        json[name] = to_string(digest);
    }
    return json;
}

std::map<std::string, std::string> texts_of(const Json& object) {
    std::map<std::string, std::string> texts;
    for (auto field = object.begin(); object.is_object() && field != object.end(); ++field) {
        if (field->is_string()) {
            texts.emplace(field.key(), field->get<std::string>());
        }
    }
    return texts;
}

std::vector<std::string> list_of(const Json& array) {
    std::vector<std::string> texts;
    for (const auto& item : array) {
        if (array.is_array() && item.is_string()) {
            texts.push_back(item.get<std::string>());
        }
    }
    return texts;
}

const Json& member(const Json& object, const std::string& key) {
    static const Json nothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : nothing;
}

std::map<std::string, Digest> digests_of_json(const Json& object) {
    std::map<std::string, Digest> digests;
    for (const auto& [name, text] : texts_of(object)) {
        digests.emplace(name, parse_digest(text).value_or(Digest()));
    }
    return digests;
}

Origin parse_origin(const Json& json) {
    Origin origin;
    origin.initdb_arguments = list_of(member(json, "initdb_arguments"));
    origin.locale = texts_of(member(json, "locale"));
    origin.time_zone = text_at(json, "time_zone");
    origin.c_library = text_at(json, "collation_libraries");
    origin.installed_locales = text_at(json, "installed_locales");
    origin.server_files = digests_of_json(member(json, "postgres_files"));
    origin.citus_files = digests_of_json(member(json, "citus_files"));
    return origin;
}

Json origin_json(const Origin& origin) {
    Json json;
    json["initdb_arguments"] = origin.initdb_arguments;
    json["locale"] = origin.locale;
    json["time_zone"] = origin.time_zone;
    json["collation_libraries"] = origin.c_library;
    json["installed_locales"] = origin.installed_locales;
    json["postgres_files"] = digests_json(origin.server_files);
    json["citus_files"] = digests_json(origin.citus_files);
    return json;
}

}  // namespace

const char* variant_name(Variant variant) {
    switch (variant) {
        case Variant::plain:
            return "plain";
        case Variant::postgres:
            return "citus_in_postgres";
        case Variant::other:
            return "citus_in_other_database";
    }
    return "plain";
}

std::string manifest_text(const Manifest& manifest) {
    Json json;
    json["format"] = kFormat;
    json["citus_init"] = manifest.program_version;
    json["postgres"] = manifest.postgres_version;
    json["citus"] = manifest.citus_version;
    json["created"] = manifest.created;
    json["cluster"] = manifest.cluster;
    json["origin"] = origin_json(manifest.origin);
    json["objects"] = Json::array();
    for (const auto& object : manifest.objects) {
        json["objects"].push_back(to_string(object));
    }
    for (const auto& [variant, entries] : manifest.variants) {
        Json& list = json["variants"][variant_name(variant)];
        for (const auto& entry : entries) {
            list.push_back(entry_text(entry));
        }
    }
    return json_text(json);
}

Result<Manifest> parse_manifest(std::string_view text) {
    const auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (number_at(json, "format") != kFormat) {
        return fail(ExitCode::data_directory, "is of a format that this citus-init does not know");
    }
    Manifest manifest;
    manifest.program_version = text_at(json, "citus_init");
    manifest.postgres_version = text_at(json, "postgres");
    manifest.citus_version = text_at(json, "citus");
    manifest.created = text_at(json, "created");
    manifest.cluster = text_at(json, "cluster");
    manifest.origin = parse_origin(member(json, "origin"));
    for (const auto& object : list_of(member(json, "objects"))) {
        manifest.objects.push_back(parse_digest(object).value_or(Digest()));
    }
    for (const Variant variant : kVariants) {
        for (const auto& line : list_of(member(member(json, "variants"), variant_name(variant)))) {
            auto entry = parse_entry(line, manifest.objects.size());
            if (!entry) {
                return fail(ExitCode::data_directory, fmt::format("has the entry \"{}\"", line));
            }
            manifest.variants[variant].push_back(std::move(*entry));
        }
    }
    return manifest;
}

}  // namespace citus_init::cluster_template
