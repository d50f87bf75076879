# The binary, the official image's entrypoint name, the man page, completion for three shells.
install(TARGETS citus-init RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The official image's names: the entrypoint and its two companions, which are one script.
foreach(program IN ITEMS docker-entrypoint.sh docker-ensure-initdb.sh)
    if(EXISTS ${CMAKE_SOURCE_DIR}/docker/${program})
        install(PROGRAMS docker/${program} DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endforeach()
if(EXISTS ${CMAKE_SOURCE_DIR}/docker/docker-ensure-initdb.sh)
    file(CREATE_LINK docker-ensure-initdb.sh ${CMAKE_BINARY_DIR}/docker-enforce-initdb.sh SYMBOLIC)
    install(FILES ${CMAKE_BINARY_DIR}/docker-enforce-initdb.sh DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

find_program(SCDOC scdoc)
if(SCDOC)
    set(manual ${CMAKE_BINARY_DIR}/citus-init.8)
    add_custom_command(OUTPUT ${manual}
        COMMAND sh -c "\"$1\" < \"$2\" > \"$3\"" sh
            ${SCDOC} ${CMAKE_SOURCE_DIR}/docs/citus-init.8.scd ${manual}
        DEPENDS docs/citus-init.8.scd VERBATIM)
    add_custom_target(manual ALL DEPENDS ${manual})
    if(TARGET what_suites_call)  # the release is checked first, with its manual page
        add_dependencies(what_suites_call manual)
    endif()
    install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
endif()

# The scripts come from the binary itself, so they cannot differ from its verbs. A binary for another
# machine cannot be run here.
function(citus_init_install_completion shell directory name)
    set(script ${CMAKE_BINARY_DIR}/completion/${name})
    install(CODE "
        file(MAKE_DIRECTORY \"${CMAKE_BINARY_DIR}/completion\")
        execute_process(COMMAND \"$<TARGET_FILE:citus-init>\" completion ${shell}
            OUTPUT_FILE \"${script}\" RESULT_VARIABLE result TIMEOUT 10)
        if(NOT result EQUAL 0)
            message(FATAL_ERROR \"citus-init completion ${shell}: \${result}\")
        endif()")
    install(FILES ${script} DESTINATION ${directory})
endfunction()
if(NOT CMAKE_CROSSCOMPILING)
    citus_init_install_completion(bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions citus-init)
    citus_init_install_completion(zsh ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions _citus-init)
    citus_init_install_completion(fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d citus-init.fish)
endif()
