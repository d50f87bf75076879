#include "citus_init/ha/patroni/yaml_text.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include "citus_init/base/text.h"
#include "citus_init/render/hide_passwords.h"

namespace citus_init::patroni {

namespace {

using settings::YamlValue;

constexpr const char* kMask = "***";

// A key that no reader takes for anything but a string.
bool is_plain_key(const std::string& key) {
    static constexpr std::array<std::string_view, 9> kReserved{"y",   "n",    "yes",   "no",  "on",
                                                               "off", "true", "false", "null"};
    const std::string lower = to_lower(key);
    return !key.empty() && lower[0] >= 'a' && lower[0] <= 'z' &&
           std::all_of(lower.begin(), lower.end(),
                       [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                                  c == '-' || c == '.';
                       }) &&
           std::find(kReserved.begin(), kReserved.end(), lower) == kReserved.end();
}

bool sounds_secret(const std::string& key) {
    static constexpr std::array<std::string_view, 5> kSecretNames{"password", "passwd",
                                                                  "passphrase", "secret", "token"};
    const std::string lower = to_lower(key);
    return std::any_of(kSecretNames.begin(), kSecretNames.end(), [&lower](std::string_view name) {
        return lower.find(name) != std::string::npos;
    });
}

class Writer {
  public:
    explicit Writer(bool shows_secrets) : shows_secrets_(shows_secrets) {
        emitter_.SetOutputCharset(YAML::EscapeNonAscii);
    }

    void write(const YamlValue& value, bool masked = false) {
        switch (value.kind) {
            case YamlValue::Kind::null:
                emitter_ << YAML::Null;
                break;
            case YamlValue::Kind::plain:
                masked ? write_string(kMask) : static_cast<void>(emitter_ << value.text);
                break;
            case YamlValue::Kind::text:
                write_text(value.text, masked);
                break;
            case YamlValue::Kind::secret:
                write_string(shows_secrets_ ? value.secret.reveal() : kMask);
                break;
            case YamlValue::Kind::list:
                emitter_ << YAML::BeginSeq;
                for (const YamlValue& item : value.items) {
                    write(item, masked);
                }
                emitter_ << YAML::EndSeq;
                break;
            case YamlValue::Kind::map:
                emitter_ << YAML::BeginMap;
                for (const auto& [key, member] : value.members) {
                    emitter_ << YAML::Key;
                    is_plain_key(key) ? static_cast<void>(emitter_ << key) : write_string(key);
                    emitter_ << YAML::Value;
                    write(member, masked || (!shows_secrets_ && sounds_secret(key)));
                }
                emitter_ << YAML::EndMap;
                break;
        }
    }

    std::string text() const { return std::string(emitter_.c_str(), emitter_.size()) + "\n"; }

  private:
    void write_text(const std::string& text, bool masked) {
        if (shows_secrets_) {
            write_string(text);
        } else {
            write_string(masked ? kMask : render::hide_passwords(text));
        }
    }

    void write_string(const std::string& text) { emitter_ << YAML::DoubleQuoted << text; }

    bool shows_secrets_;
    YAML::Emitter emitter_;
};

}  // namespace

Secret yaml_text(const YamlValue& value) {
    Writer writer(true);
    writer.write(value);
    return Secret(writer.text());
}

std::string shown_yaml_text(const YamlValue& value) {
    Writer writer(false);
    writer.write(value);
    return writer.text();
}

}  // namespace citus_init::patroni
