#include "settings/yaml_document.h"

#include <exception>

#include <yaml-cpp/yaml.h>

namespace citus_init::settings {

namespace {

// Far more than a settings file needs. An alias may point at what contains it, or at a list of
// aliases of lists of aliases, so the walk has to have an end of its own.
constexpr std::size_t kLargestText = 1U << 20U;
constexpr int kDeepest = 8;
constexpr int kMostNodes = 10'000;

tl::unexpected<YamlError> error_at(const YAML::Mark& mark, std::string reason) {
    if (mark.is_null()) {
        return tl::unexpected<YamlError>(YamlError{0, 0, std::move(reason)});
    }
    return tl::unexpected<YamlError>(YamlError{mark.line + 1, mark.column + 1, std::move(reason)});
}

// yaml-cpp's message without what it quotes ("...: ANCHOR").
std::string without_quotation(const std::string& message) {
    return message.substr(0, message.find_first_of(":;\""));
}

class Converter {
  public:
    tl::expected<YamlNode, YamlError> convert(const YAML::Node& node, int depth) {
        if (depth > kDeepest || ++count_ > kMostNodes) {
            return error_at(node.Mark(), "is nested too deeply or too large");
        }
        YamlNode result;
        result.line = node.Mark().line + 1;
        switch (node.Type()) {
            case YAML::NodeType::Undefined:
            case YAML::NodeType::Null:
                return result;
            case YAML::NodeType::Scalar:
                result.kind = YamlNode::Kind::scalar;
                result.scalar = node.Scalar();
                return result;
            case YAML::NodeType::Sequence:
                return convert_items(node, depth, std::move(result));
            case YAML::NodeType::Map:
                return convert_members(node, depth, std::move(result));
        }
        return result;
    }

  private:
    tl::expected<YamlNode, YamlError> convert_items(const YAML::Node& node, int depth,
                                                    YamlNode result) {
        result.kind = YamlNode::Kind::list;
        for (const auto& item : node) {
            auto converted = convert(item, depth + 1);
            if (!converted) {
                return converted;
            }
            result.items.push_back(*std::move(converted));
        }
        return result;
    }

    tl::expected<YamlNode, YamlError> convert_members(const YAML::Node& node, int depth,
                                                      YamlNode result) {
        result.kind = YamlNode::Kind::map;
        for (const auto& member : node) {
            if (!member.first.IsScalar()) {
                return error_at(member.first.Mark(), "has a key that is not a plain word");
            }
            auto converted = convert(member.second, depth + 1);
            if (!converted) {
                return converted;
            }
            // A value without text of its own has no mark; its key has.
            converted->line = member.first.Mark().line + 1;
            result.members.emplace_back(member.first.Scalar(), *std::move(converted));
        }
        return result;
    }

    int count_ = 0;
};

}  // namespace

tl::expected<YamlNode, YamlError> parse_yaml(const std::string& text) {
    if (text.size() > kLargestText) {
        return error_at(YAML::Mark::null_mark(), "is larger than 1 MiB");
    }
    try {
        const auto documents = YAML::LoadAll(text);
        if (documents.empty()) {
            return YamlNode{};
        }
        if (documents.size() > 1) {
            return error_at(documents[1].Mark(), "holds more than one YAML document");
        }
        return Converter().convert(documents.front(), 0);
    } catch (const YAML::Exception& exception) {
        return error_at(exception.mark, "is not valid YAML: " + without_quotation(exception.msg));
    } catch (const std::exception&) {
        return error_at(YAML::Mark::null_mark(), "cannot be parsed as YAML");
    }
}

}  // namespace citus_init::settings
