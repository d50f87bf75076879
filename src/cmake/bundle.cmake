# The C++ libraries as the layers link them: shared, or inside the binary, which then needs none of them
# where it runs and starts sooner (docs/adr/0018-bundled-libraries.md).
if(CITUS_INIT_BUNDLE)
    # Debian has no archive of fmt, so it is compiled here, and none of spdlog, whose headers are enough.
    add_library(citus_init_bundled_fmt STATIC src/base/bundled_fmt.cpp)
    add_library(citus_init_bundled_spdlog INTERFACE)
    target_compile_definitions(citus_init_bundled_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
    find_library(YAML_CPP_ARCHIVE libyaml-cpp.a REQUIRED)
    set(CITUS_INIT_FMT citus_init_bundled_fmt)
    set(CITUS_INIT_SPDLOG citus_init_bundled_spdlog)
    set(CITUS_INIT_YAML_CPP ${YAML_CPP_ARCHIVE})
    add_link_options(-static-libstdc++ -static-libgcc)
else()
    set(CITUS_INIT_FMT fmt::fmt)
    set(CITUS_INIT_SPDLOG spdlog::spdlog)
    set(CITUS_INIT_YAML_CPP yaml-cpp)
endif()
