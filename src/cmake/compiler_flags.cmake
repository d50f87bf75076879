# One interface target carries the flags, so that a third-party header never meets them twice.
add_library(citus_init_flags INTERFACE)
target_compile_options(citus_init_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual
    # GCC derives this one from optimised code and then blames inlined library code (and finds nothing
    # at -O0); Clang's reads the source. The `tidy` preset and the analyzer check the same.
    $<$<CXX_COMPILER_ID:Clang>:-Wnull-dereference>
    # PR105329, fixed in GCC 13: "text" + std::string is called an overlapping copy.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
# An empty optional or a wrong index ends the process instead of reading anything.
target_compile_definitions(citus_init_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CITUS_INIT_WERROR)
    target_compile_options(citus_init_flags INTERFACE -Werror)
endif()
if(CITUS_INIT_HARDENING)
    # glibc warns of a fortified source that is not optimised, as the tests are not.
    target_compile_options(citus_init_flags INTERFACE
        $<$<NOT:$<BOOL:$<TARGET_PROPERTY:CITUS_INIT_UNOPTIMISED>>>:-U_FORTIFY_SOURCE>
        $<$<NOT:$<BOOL:$<TARGET_PROPERTY:CITUS_INIT_UNOPTIMISED>>>:-D_FORTIFY_SOURCE=3>
        -fstack-protector-strong -fstack-clash-protection
        -ffunction-sections -fdata-sections)
    target_link_options(citus_init_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    include(CheckPIESupported)
    check_pie_supported()
endif()
if(CITUS_INIT_SANITIZE)
    target_compile_options(citus_init_flags INTERFACE
        -fsanitize=${CITUS_INIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
        # With these GCC 12 takes no address for a constant that is not null (metrics/named_metric.h);
        # address sees what they would.
        -fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
    if(CITUS_INIT_SANITIZE STREQUAL "thread")
        # Boost.Asio's fences, which it does not know.
        target_compile_options(citus_init_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    endif()
    target_link_options(citus_init_flags INTERFACE -fsanitize=${CITUS_INIT_SANITIZE})
endif()
