#include "settings/yaml_document.h"

#include <exception>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace citus_init::settings {

namespace {

// Far more than a settings file needs.
constexpr std::size_t kLargestText = 1U << 20U;
constexpr std::size_t kDeepest = 8;

YamlError error_at(const YAML::Mark& mark, std::string reason) {
    return mark.is_null() ? YamlError{0, 0, std::move(reason)}
                          : YamlError{mark.line + 1, mark.column + 1, std::move(reason)};
}

// yaml-cpp's message without what it quotes ("...: ANCHOR").
std::string without_quotation(const std::string& message) {
    return message.substr(0, message.find_first_of(":;\""));
}

// Leaves yaml-cpp's parser, which cannot be stopped in another way.
struct Refusal {
    YamlError error;
};

// Events rather than YAML::Load: that one silently stops at what follows the first document, and
// LoadAll of 0.7 never ends on "a:]". Aliases are refused: they can make a tree without an end.
class TreeBuilder final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (is_started_) {
            refuse(mark, "goes on behind the end of its first document");
        }
        is_started_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        if (expects_key()) {
            refuse_key(mark);
        }
        add(node_at(mark, YamlNode::Kind::null));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        refuse(mark, "uses an alias; write the value out");
    }
    // yaml-cpp gives a plain scalar the tag "?".
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& value) override {
        YamlNode node = node_at(mark, YamlNode::Kind::scalar);
        node.scalar = value;
        node.quoted = tag != "?";
        if (expects_key()) {
            open_.back().key = std::move(node);
        } else {
            add(std::move(node));
        }
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                         YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
        open(mark, YamlNode::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        open(mark, YamlNode::Kind::map);
    }
    void OnMapEnd() override { close(); }

    YamlNode root() && { return std::move(root_); }

  private:
    struct Open {
        YamlNode node;
        std::optional<YamlNode> key;  // of a map, while its value is awaited
    };

    static YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
        YamlNode node;
        node.kind = kind;
        node.line = mark.line + 1;
        return node;
    }

    [[noreturn]] static void refuse(const YAML::Mark& mark, std::string reason) {
        throw Refusal{error_at(mark, std::move(reason))};
    }
    [[noreturn]] static void refuse_key(const YAML::Mark& mark) {
        refuse(mark, "has a key that is not a plain word");
    }

    bool expects_key() const {
        return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key;
    }

    void open(const YAML::Mark& mark, YamlNode::Kind kind) {
        if (expects_key()) {
            refuse_key(mark);
        }
        if (open_.size() == kDeepest) {
            refuse(mark, "is nested too deeply");
        }
        open_.push_back({node_at(mark, kind), std::nullopt});
    }

    void close() {
        YamlNode node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }

    void add(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& [parent, key] = open_.back();
        if (parent.kind == YamlNode::Kind::list) {
            parent.items.push_back(std::move(node));
            return;
        }
        node.line = key->line;  // where a reader looks for it
        parent.members.push_back({std::move(key->scalar), std::move(node)});
        key.reset();
    }

    YamlNode root_;
    std::vector<Open> open_;
    bool is_started_ = false;
};

}  // namespace

tl::expected<YamlNode, YamlError> parse_yaml(const std::string& text) {
    if (text.size() > kLargestText) {
        return tl::unexpected<YamlError>(YamlError{0, 0, "is larger than 1 MiB"});
    }
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        TreeBuilder builder;
        // The second call is there to be refused, where there is more.
        if (parser.HandleNextDocument(builder)) {
            parser.HandleNextDocument(builder);
        }
        return std::move(builder).root();
    } catch (const Refusal& refusal) {
        return tl::unexpected<YamlError>(refusal.error);
    } catch (const YAML::Exception& exception) {
        return tl::unexpected<YamlError>(
            error_at(exception.mark, "is not valid YAML: " + without_quotation(exception.msg)));
    } catch (const std::exception&) {
        return tl::unexpected<YamlError>(YamlError{0, 0, "cannot be parsed as YAML"});
    }
}

}  // namespace citus_init::settings
