#pragma once

#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/secret.h"

namespace citus_init::settings {

struct YamlMember;

// A piece of YAML as plain data, with its kind: what is read from a user's file, and what a file
// for another program is made of.
struct YamlValue {
    enum class Kind {
        null,
        plain,   // a boolean or a number, `text` as it is to be written: true, -5, 0.5
        text,    // a string
        secret,  // a string that is never to be shown
        list,
        map,
    };

    // Elsewhere, since they need YamlMember whole.
    YamlValue();
    ~YamlValue();
    YamlValue(const YamlValue&);
    YamlValue(YamlValue&&) noexcept;
    YamlValue& operator=(const YamlValue&);
    YamlValue& operator=(YamlValue&&) noexcept;
    bool operator==(const YamlValue& other) const;

    static YamlValue boolean(bool value);
    static YamlValue number(long long value);
    static YamlValue string(std::string value);
    static YamlValue hidden(Secret value);
    static YamlValue list_of(std::vector<YamlValue> items);
    static YamlValue map_of(std::vector<YamlMember> members);

    // Of a map: the member of that name, or null.
    const YamlValue* find(const std::string& key) const;
    // Of a map, or of a null that becomes one: the member of that name, made where there is none.
    YamlValue& at(const std::string& key);

    Kind kind = Kind::null;
    std::string text;
    Secret secret;
    std::vector<YamlValue> items;
    std::vector<YamlMember> members;  // in order, keys once
    int line = 0;                     // in the file that it was read from, else 0

  private:
    static YamlValue plain_word(std::string word);
};

struct YamlMember {
    std::string key;
    YamlValue value;
    bool operator==(const YamlMember&) const = default;
};

}  // namespace citus_init::settings
