#pragma once
#include <string>
#include <vector>

#include "citus_init/settings/environment.h"
namespace citus_init::app {
int run_check(const settings::Environment& environment,
              const std::vector<std::string>& server_arguments);
int run_render(const settings::Environment& environment,
               const std::vector<std::string>& server_arguments);
int run_explain(const settings::Environment& environment, const std::string& name, bool json,
                const std::vector<std::string>& server_arguments);
int run_validate(const std::vector<std::string>& server_arguments);
int run_make_certificate(const std::vector<std::string>& arguments);
}  // namespace citus_init::app
