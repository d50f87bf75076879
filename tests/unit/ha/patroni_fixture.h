#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/load.h"

#include "support/fake_filesystem.h"

namespace citus_init::patroni {

using settings::Environment;

// A member from its environment on, as at a start.
struct MemberFixture {
    Environment environment{{"PGDATA", "/var/lib/postgresql/data/pgdata"},
                            {"CITUS_HA", "patroni"},
                            {"POSTGRES_PASSWORD", "superuser's"},
                            {"PATRONI_SCOPE", "demo"},
                            {"PATRONI_CITUS_GROUP", "0"},
                            {"PATRONI_ETCD3_HOSTS", "etcd1,etcd2:2379"},
                            {"PATRONI_RESTAPI_USERNAME", "patroni"},
                            {"PATRONI_RESTAPI_PASSWORD", "rest's"},
                            {"PATRONI_REPLICATION_PASSWORD", "replication's"},
                            {"PATRONI_REWIND_PASSWORD", "rewind's"},
                            {"CITUS_INTERNODE_AUTH", "password"}};
    ha::Host host{
        "c1.demo", "c1", {"10.1.0.2"}, "/usr/lib/postgresql/15/bin", "/usr/local/bin/citus-init",
        "postgres"};
    Version version{4, 1, 4};
    std::string yaml;
    std::vector<std::string> arguments;

    static MemberFixture with_certificates() {
        MemberFixture fixture;
        fixture.environment["CITUS_CLUSTER_SECRET"] = "9f1c7a52e08b4d639f1c7a52e08b4d63";
        fixture.environment.erase("CITUS_INTERNODE_AUTH");
        fixture.environment.erase("PATRONI_REPLICATION_PASSWORD");
        fixture.environment.erase("PATRONI_REWIND_PASSWORD");
        return fixture;
    }

    tl::expected<settings::YamlValue, std::vector<settings::Problem>> render() const {
        citus_init::test::FakeFilesystem files;
        if (!yaml.empty()) {
            files.add_file(settings::kDefaultYamlPath, yaml);
        }
        const auto loaded = settings::load_settings(environment, files);
        if (!loaded) {
            return tl::unexpected(loaded.error().problems);
        }
        const auto parsed = render::parse_server_arguments(arguments, "/");
        const auto stack = render::build_guc_stack(
            {loaded->settings,
             environment,
             parsed.value(),
             files,
             render::Machine{2},
             {},
             {},
             loaded->settings.backup ? std::optional(loaded->settings.patroni->group)
                                     : std::nullopt});
        if (!stack) {
            return tl::unexpected(stack.error());
        }
        return render_configuration(loaded->settings, *stack, host, version);
    }

    settings::YamlValue value() const {
        auto rendered = render();
        EXPECT_TRUE(rendered) << (rendered ? "" : rendered.error()[0].text());
        return rendered ? *rendered : settings::YamlValue{};
    }

    std::vector<std::string> problems() const {
        std::vector<std::string> texts;
        const auto rendered = render();
        for (const auto& problem : rendered ? std::vector<settings::Problem>{} : rendered.error()) {
            texts.push_back(problem.text());
        }
        return texts;
    }
};

}  // namespace citus_init::patroni
