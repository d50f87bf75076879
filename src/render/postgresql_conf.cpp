#include "citus_init/render/postgresql_conf.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/conf_parser.h"
#include "citus_init/render/own_files.h"

namespace citus_init::render {

namespace {

// A comment ends with its line, and an origin may hold any byte of an environment's name.
std::string comment_text(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

// A tuned value has to stand below the file where initdb has written one of its own into it, and
// above where the user has.
bool stands_below_file(const LayeredValue& value, const std::vector<LayeredValue>& of_name) {
    const auto has = [&](Layer layer) {
        return std::any_of(of_name.begin(), of_name.end(),
                           [&](const LayeredValue& other) { return other.layer == layer; });
    };
    return value.layer == Layer::tuned && has(Layer::initdb) && !has(Layer::user_file);
}

class Writer {
  public:
    void line(const std::string& text, const std::string& origin = "") {
        result.text += text + "\n";
        result.origins.push_back(origin);
    }

    void heading(const std::string& text) {
        line("");
        line("# " + comment_text(text));
    }

    void setting(const std::string& name, const LayeredValue& value) {
        line(fmt::format("{} = {}  # {}", name, quote_conf_value(value.value),
                         comment_text(value.origin)),
             value.origin);
    }

    void layer(const GucStack& stack, Layer wanted, const std::string& text,
               bool below_file = false) {
        bool first = true;
        for (const auto& [name, values] : stack.values) {
            for (const LayeredValue& value : values) {
                if (value.layer != wanted || stands_below_file(value, values) != below_file) {
                    continue;
                }
                if (first) {
                    heading(text);
                    first = false;
                }
                setting(name, value);
            }
        }
    }

    RenderedConf result;
};

void write_block(Writer& writer, const std::string& block) {
    if (trim(block).empty()) {
        return;
    }
    writer.heading("CITUS_POSTGRESQL_CONF");
    auto lines = split(block, '\n');
    if (lines.back().empty()) {
        lines.pop_back();
    }
    int number = 0;
    for (const std::string& line : lines) {
        writer.line(line, fmt::format("CITUS_POSTGRESQL_CONF line {}", ++number));
    }
}

}  // namespace

std::string held_back_maintenance(bool is_copied_directory) {
    std::string text = "\n# Until this node's place in the cluster is confirmed\n";
    for (const char* name : kMaintenanceSettings) {
        text += fmt::format("{} = -1\n", name);
    }
    return is_copied_directory ? text + "citus_init.directory = 'copied'\n" : text;
}

std::string overrides_held_back(const GucStack& stack) {
    std::vector<std::string> found;
    for (const char* name : kMaintenanceSettings) {
        const auto values = stack.explain(name);
        if (!values.empty() && values.back().layer >= Layer::alter_system) {
            found.emplace_back(name);
        }
    }
    return join(found, ", ");
}

std::string RenderedConf::origin(int number) const {
    const auto index = static_cast<std::size_t>(number) - 1;
    return number >= 1 && index < origins.size() ? origins[index] : "";
}

RenderedConf render_postgresql_conf(const GucStack& stack) {
    Writer writer;
    writer.line("# Written by citus-init at every start. Do not edit: changes here are lost.");
    writer.line(
        "# Change a setting in the user's file below, by CITUS_GUC_<NAME> or by ALTER SYSTEM.");
    writer.line("# The last line of a name wins; `citus-init explain NAME` shows all of them.");
    writer.layer(stack, Layer::tuned, "Tuned to this machine");
    writer.layer(stack, Layer::role_preset, "Defaults of citus-init");
    writer.heading("The user's own file");
    writer.line(fmt::format("{} {}", stack.user_file_named ? "include" : "include_if_exists",
                            quote_conf_value(stack.user_file)),
                stack.user_file);
    writer.layer(stack, Layer::tuned, "Tuned to this machine, in place of what initdb has written",
                 true);
    writer.layer(stack, Layer::yaml, "The YAML file");
    write_block(writer, stack.block);
    writer.layer(stack, Layer::environment, "CITUS_GUC_*");
    return std::move(writer.result);
}

std::vector<std::string> server_command_arguments(const GucStack& stack,
                                                  const ServerArguments& arguments, bool own_hba,
                                                  bool own_ident) {
    const std::string directory = own_directory(stack.data_directory);
    std::vector<std::string> words{"-D", stack.data_directory, "-c",
                                   "config_file=" + directory + "/postgresql.conf"};
    words.insert(words.end(), arguments.words.begin(), arguments.words.end());
    if (own_hba) {
        words.insert(words.end(), {"-c", "hba_file=" + directory + "/pg_hba.conf"});
    }
    if (own_ident) {
        words.insert(words.end(), {"-c", "ident_file=" + directory + "/pg_ident.conf"});
    }
    for (const auto& [name, values] : stack.values) {
        for (const LayeredValue& value : values) {
            if (value.layer == Layer::enforced) {
                words.insert(words.end(), {"-c", name + "=" + value.value});
            }
        }
    }
    return words;
}

}  // namespace citus_init::render
