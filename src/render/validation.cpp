#include "citus_init/render/validation.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

std::string content_of(const Filesystem& files, const std::string& path) {
    return files.read(path).value_or("");
}

// FNV-1a: a change must not go unseen, but nobody is out to forge one.
class Hash {
  public:
    void add(std::string_view text) {
        for (const char c : text) {
            byte(static_cast<unsigned char>(c));
        }
        byte(0);  // no text has one, so "ab" "c" and "a" "bc" differ
    }
    std::string text() const { return fmt::format("{:016x}", value_); }

  private:
    void byte(unsigned char c) {
        value_ ^= c;
        value_ *= 0x100000001b3U;
    }

    std::uint64_t value_ = 0xcbf29ce484222325U;
};

bool starts_name(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The name that "a.b = 1" sets, "" where it is not one of a library (with a dot).
std::string_view library_setting(std::string_view text) {
    const std::string_view line = trim(text);
    const auto* const end = std::find_if_not(line.begin(), line.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '$';
    });
    const std::string_view name =
        line.substr(0, static_cast<std::size_t>(std::distance(line.begin(), end)));
    const bool is_name =
        !name.empty() && starts_name(name.front()) && name.find('.') != std::string_view::npos;
    return is_name ? name : std::string_view();
}

// Until PostgreSQL 16 the time that the server takes for settings of libraries grows with the
// square of their number, to minutes for ten thousand: only so many are validated. No library has
// as many.
class LibrarySettings {
  public:
    bool is_one_too_many(std::string_view setting) {
        constexpr int kMost = 500;
        return !library_setting(setting).empty() && ++count_ > kMost;
    }

  private:
    int count_ = 0;
};

std::vector<std::string> without_too_many(const std::vector<std::string>& words) {
    LibrarySettings settings;
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        const bool next_is_it = word == "-c" && i + 1 < words.size();
        const bool is_it = word.starts_with("--") || (word.starts_with("-c") && word.size() > 2);
        const std::string_view setting =
            next_is_it ? std::string_view(words[i + 1]) : (is_it ? word.substr(2) : "");
        if (settings.is_one_too_many(setting)) {
            i += next_is_it ? 1 : 0;
            continue;
        }
        kept.push_back(words[i]);
        if (next_is_it) {
            kept.push_back(words[++i]);
        }
    }
    return kept;
}

std::string without_too_many_lines(const std::string& conf) {
    LibrarySettings settings;
    auto lines = split(conf, '\n');
    for (std::string& line : lines) {
        if (settings.is_one_too_many(line)) {
            line.clear();  // the numbers of the others stay
        }
    }
    return join(lines, "\n");
}

}  // namespace

Validation plan_validation(const GucStack& stack, const RenderedConf& conf,
                           const ServerArguments& arguments, const std::string& shadow,
                           const Filesystem& files) {
    Validation validation;
    const std::string& data = stack.data_directory;
    const std::string control = content_of(files, data + "/global/pg_control");
    validation.complete = !control.empty();
    validation.directories = {"base", "global"};
    validation.files = {
        {"postgresql.conf", without_too_many_lines(conf.text)},
        {"postgresql.auto.conf", content_of(files, data + "/postgresql.auto.conf")}};
    if (validation.complete) {
        validation.files.emplace_back("global/pg_control", control);
        validation.files.emplace_back("PG_VERSION", content_of(files, data + "/PG_VERSION"));
    }
    // -C must be the first word: only then does postgres let root ask. A setting that is computed
    // at run time makes it load the libraries, and makes it need the control file. Before 15 no
    // such setting can be asked: libraries and their limits show at the start then.
    constexpr int kFirstWithComputedSettings = 15;
    const bool can_compute =
        stack.versions.postgres == 0 || stack.versions.postgres >= kFirstWithComputedSettings;
    validation.loads_libraries = validation.complete && can_compute;
    validation.arguments = {"-C",
                            validation.loads_libraries ? "shared_memory_size" : "shared_buffers"};
    std::vector<std::string> words =
        without_too_many(server_command_arguments(stack, arguments, false));
    words[1] = shadow;
    words[3] = "config_file=" + shadow + "/postgresql.conf";
    validation.arguments.insert(validation.arguments.end(), words.begin(), words.end());
    // The answer comes on stderr in English, whatever the configuration says. The data directory
    // may be named in the user's file too.
    for (const char* setting : {"log_destination=stderr", "logging_collector=off",
                                "log_line_prefix=", "log_min_messages=warning", "lc_messages=C"}) {
        validation.arguments.insert(validation.arguments.end(), {"-c", setting});
    }
    validation.arguments.insert(validation.arguments.end(), {"-c", "data_directory=" + shadow});
    // Relative to the data directory, which is another one here.
    for (const char* name : {"ssl_cert_file", "ssl_key_file", "ssl_ca_file", "ssl_crl_file",
                             "ssl_crl_dir", "ssl_dh_params_file"}) {
        const std::string path = stack.effective(name);
        if (!path.empty() && path.front() != '/') {
            validation.arguments.insert(validation.arguments.end(),
                                        {"-c", fmt::format("{}={}/{}", name, data, path)});
        }
    }
    if (stack.certificate != NodeCertificate::none) {
        // The user's own certificate is loaded and checked; ours may be yet to be made.
        validation.arguments.insert(validation.arguments.end(), {"-c", "ssl=off"});
    }
    return validation;
}

std::string validation_fingerprint(const GucStack& stack, const ServerArguments& arguments,
                                   const std::vector<std::string>& programs,
                                   const Filesystem& files) {
    Hash hash;
    for (const auto& [name, values] : stack.values) {
        if (name == "archive_command") {
            continue;  // ours follows the node's place, and the server takes any text
        }
        hash.add(name);
        for (const LayeredValue& value : values) {
            if (value.layer == Layer::tuned && name.starts_with("citus.")) {
                continue;  // a coordinator's pools follow its workers
            }
            hash.add(fmt::format("{} {}", static_cast<int>(value.layer), value.value));
        }
    }
    for (const std::string& word : arguments.words) {
        hash.add(word);
    }
    for (const std::string& program : programs) {
        const auto status = files.status(program);
        hash.add(status ? fmt::format("{} {} {}", program, status->size, status->modified_ns)
                        : program + " is missing");
    }
    return hash.text();
}

}  // namespace citus_init::render
