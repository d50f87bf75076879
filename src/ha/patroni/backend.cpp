#include "citus_init/ha/patroni/backend.h"

#include <map>

#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/ha/patroni/yaml_text.h"

namespace citus_init::patroni {

namespace {

class Backend final : public ha::Backend {
  public:
    explicit Backend(const Version& version) : version_(version) {}

    std::string name() const override { return "Patroni " + version_.text(); }

    bool may_restart_beside_primary() const override { return !is_unsafe(version_); }

    std::vector<settings::Problem> check(const settings::Settings& settings) const override {
        return check_version(version_, *settings.patroni);
    }

    tl::expected<ha::ConfigurationFile, std::vector<settings::Problem>> render(
        const settings::Settings& settings, const render::GucStack& stack,
        const ha::Host& host) const override {
        auto rendered = render_configuration(settings, stack, host, version_);
        if (!rendered) {
            return tl::unexpected(std::move(rendered.error()));
        }
        return ha::ConfigurationFile{configuration_path(*settings.patroni), yaml_text(*rendered),
                                     shown_yaml_text(*rendered)};
    }

    // Patroni hands its environment on to the server, but for its own variables.
    ha::Launch launch(const settings::Settings& settings,
                      const settings::Environment& environment) const override {
        ha::Launch launch;
        launch.arguments = {"patroni", configuration_path(*settings.patroni)};
        launch.environment = settings::patroni_environment(environment).environment;
        // The container's PGHOST, PGOPTIONS ... are for its clients: libpq would take them for
        // whatever Patroni does not say itself.
        std::erase_if(launch.environment,
                      [](const auto& variable) { return variable.first.starts_with("PG"); });
        launch.environment["CITUS_PATRONI_DIR"] = settings.patroni->directory;
        return launch;
    }

  private:
    Version version_;
};

}  // namespace

std::unique_ptr<const ha::Backend> make_backend(const Version& version) {
    return std::make_unique<Backend>(version);
}

}  // namespace citus_init::patroni
