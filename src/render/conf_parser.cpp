#include "citus_init/render/conf_parser.h"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "conf_lexer.h"

namespace citus_init::render {

namespace {

// CONF_FILE_MAX_DEPTH and the limit of errors per file in guc-file.l.
constexpr int kMaximumDepth = 10;
constexpr int kMaximumErrors = 100;

bool is_value(ConfToken token) {
    switch (token) {
        case ConfToken::identifier:
        case ConfToken::string:
        case ConfToken::unquoted_string:
        case ConfToken::integer:
        case ConfToken::real:
            return true;
        case ConfToken::qualified_identifier:
        case ConfToken::equals:
        case ConfToken::end_of_line:
        case ConfToken::end_of_file:
        case ConfToken::error:
            return false;
    }
    return false;
}

bool ends_line(ConfToken token) {
    return token == ConfToken::end_of_line || token == ConfToken::end_of_file;
}

std::string next_to(const std::string& file, const std::string& name) {
    namespace fs = std::filesystem;
    return (fs::path(file).parent_path() / name).lexically_normal().string();
}

class ConfReader {
  public:
    explicit ConfReader(const Filesystem& files) : files_(files) {}

    void text(std::string_view content, const std::string& path, int depth);
    void file(const std::string& path, bool must_exist, int depth, const ConfEntry& caller);

    ParsedConf take() { return std::move(result_); }

  private:
    // Reads one line, whose first token is `token`; false for a syntax error. `token` is the last
    // one that was read then.
    static bool line(ConfLexer& lexer, ConfToken& token, ConfEntry& entry);
    void directory(const ConfEntry& directive, int depth);
    void directive_or_entry(ConfEntry entry, int depth);
    void error(const ConfEntry& where, std::string reason) {
        result_.errors.push_back({where.file, where.line, std::move(reason)});
    }

    const Filesystem& files_;
    ParsedConf result_;
};

bool ConfReader::line(ConfLexer& lexer, ConfToken& token, ConfEntry& entry) {
    if (token != ConfToken::identifier && token != ConfToken::qualified_identifier) {
        return false;
    }
    entry.name = lexer.token();
    token = lexer.next();
    if (token == ConfToken::equals) {
        token = lexer.next();
    }
    if (!is_value(token)) {
        return false;
    }
    entry.value = token == ConfToken::string ? unquote_conf_string(lexer.token())
                                             : std::string(lexer.token());
    token = lexer.next();
    return ends_line(token);
}

void ConfReader::text(std::string_view content, const std::string& path, int depth) {
    result_.files.push_back({path, std::string(content)});
    ConfLexer lexer(content);
    int errors = 0;
    int number = 1;
    for (ConfToken token = lexer.next(); token != ConfToken::end_of_file; token = lexer.next()) {
        if (token == ConfToken::end_of_line) {
            ++number;
            continue;
        }
        ConfEntry entry{"", "", path, number};
        if (line(lexer, token, entry)) {
            directive_or_entry(std::move(entry), depth);
        } else {
            error(entry, ends_line(token) ? "syntax error at the end of the line"
                                          : fmt::format("syntax error near \"{}\"", lexer.token()));
            if (++errors == kMaximumErrors) {
                error(entry, "too many syntax errors in the file");
                return;
            }
        }
        while (!ends_line(token)) {
            token = lexer.next();
        }
        if (token == ConfToken::end_of_file) {
            return;
        }
        ++number;
    }
}

void ConfReader::directive_or_entry(ConfEntry entry, int depth) {
    const std::string name = to_lower(entry.name);
    if (name != "include" && name != "include_if_exists" && name != "include_dir") {
        result_.entries.push_back(std::move(entry));
        return;
    }
    if (trim(entry.value).empty()) {
        error(entry, fmt::format("{} names no file", name));
    } else if (name == "include_dir") {
        directory(entry, depth + 1);
    } else {
        file(next_to(entry.file, entry.value), name == "include", depth + 1, entry);
    }
}

void ConfReader::file(const std::string& path, bool must_exist, int depth,
                      const ConfEntry& caller) {
    if (depth > kMaximumDepth) {
        error(caller, fmt::format("{} is included more than {} files deep", path, kMaximumDepth));
        return;
    }
    if (path == caller.file && caller.line > 0) {
        error(caller, fmt::format("{} includes itself", path));
        return;
    }
    const auto content = files_.read(path);
    if (content) {
        text(*content, path, depth);
    } else if (must_exist) {
        error(caller, content.error().message);
    }
}

void ConfReader::directory(const ConfEntry& directive, int depth) {
    const std::string path = next_to(directive.file, directive.value);
    const auto names = files_.list(path);
    if (!names) {
        error(directive, names.error().message);
        return;
    }
    for (const std::string& name : *names) {
        if (name.size() < 6 || name[0] == '.' || !name.ends_with(".conf")) {
            continue;
        }
        const std::string inner = (std::filesystem::path(path) / name).string();
        const auto status = files_.status(inner);
        if (status && status->type == FileType::directory) {
            continue;
        }
        file(inner, true, depth, directive);
    }
}

}  // namespace

ParsedConf parse_conf_file(const std::string& path, const Filesystem& files) {
    ConfReader reader(files);
    reader.file(path, true, 0, {"", "", path, 0});
    return reader.take();
}

ParsedConf parse_conf_text(std::string_view text, const std::string& path,
                           const Filesystem& files) {
    ConfReader reader(files);
    reader.text(text, path, 0);
    return reader.take();
}

std::string quote_conf_value(std::string_view value) {
    std::string quoted = "'";
    for (const char c : value) {
        switch (c) {
            case '\'':
                quoted += "''";
                break;
            case '\\':
                quoted += "\\\\";
                break;
            case '\n':  // a string must end on its line
                quoted += "\\n";
                break;
            case '\r':
                quoted += "\\r";
                break;
            default:
                quoted += c;
        }
    }
    return quoted + "'";
}

bool is_conf_name(std::string_view name) {
    ConfLexer lexer(name);
    const ConfToken token = lexer.next();
    const std::string lower = to_lower(name);
    return (token == ConfToken::identifier || token == ConfToken::qualified_identifier) &&
           lexer.token().size() == name.size() && lower != "include" &&
           lower != "include_if_exists" && lower != "include_dir";
}

}  // namespace citus_init::render
