#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/installation.h"
#include "citus_init/settings/settings.h"

#include "cluster_template/origin.h"

namespace citus_init::cluster_template {

// What a template is made by.
struct Programs {
    std::string bin_directory;
    int major = 0;
    citus::CitusInstallation citus;  // empty where the image has none
};

// Makes the clusters below `scratch`, an empty directory of our own, by initdb and by servers, and
// of them the template in `scratch`/template. As the user that servers may run as. Errors: those of
// the programs, with their last lines.
[[nodiscard]] Status build_template(const settings::Settings& settings, const Programs& programs,
                                    const Origin& origin, const std::string& scratch);

}  // namespace citus_init::cluster_template
