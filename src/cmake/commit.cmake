# The commit that a binary was built from, for `citus-init version`: CITUS_INIT_COMMIT where it is set (an
# image's build has no .git), else git's, else that of an archive (.gitattributes), else none. Asked at each
# build, since a configured tree outlives a commit; written only when it is another, so that nothing is
# compiled for it otherwise.
set(CITUS_INIT_COMMIT "" CACHE STRING "The commit that is built, empty: as git says")

if(CMAKE_SCRIPT_MODE_FILE)
    set(archived "$Format:%H$")
    set(commit "${CITUS_INIT_COMMIT}")
    if(commit STREQUAL "" AND EXISTS "${SOURCE}/.git")
        execute_process(COMMAND git -C "${SOURCE}" rev-parse HEAD
                        OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        execute_process(COMMAND git -C "${SOURCE}" status --porcelain --untracked-files=no
                        OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        if(commit AND changes)
            string(APPEND commit ", changed")
        endif()
    elseif(commit STREQUAL "" AND archived MATCHES "^[0-9a-f]+$")
        set(commit "${archived}")
    endif()
    if(NOT commit MATCHES "^[0-9a-f]+(, changed)?$")
        set(commit "")
    endif()
    set(text "#define CITUS_INIT_COMMIT \"${commit}\"\n")
    set(before "")
    if(EXISTS "${OUTPUT}")
        file(READ "${OUTPUT}" before)
    endif()
    if(NOT text STREQUAL before)
        file(WRITE "${OUTPUT}" "${text}")
    endif()
    return()
endif()

set(CITUS_INIT_GENERATED ${CMAKE_BINARY_DIR}/generated)
add_custom_target(citus_init_commit
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${CITUS_INIT_GENERATED}/citus_init_commit.h
            -DCITUS_INIT_COMMIT=${CITUS_INIT_COMMIT} -P ${CMAKE_SOURCE_DIR}/src/cmake/commit.cmake
    BYPRODUCTS ${CITUS_INIT_GENERATED}/citus_init_commit.h
    COMMENT "" VERBATIM)
