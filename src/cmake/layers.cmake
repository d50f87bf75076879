# The layers of docs/architecture.md, lowest first: NAME and what it may include.
# tests/lint/layers.py reads this very table, so the build and the check cannot differ.
set(CITUS_INIT_LAYERS
    "base:"
    "process:base"
    "settings:base"
    "render:base,settings"
    "patroni:base,settings,render"
    "security:base"
    "network:base"
    "health:base"
    "citus:base"
    "libpq:base,citus"
    "http:base"
    "postgres:base,process"
    "app:base,process,settings,render,patroni,security,network,health,citus,libpq,http,postgres")

# citus_init_layer(NAME SOURCES...): one static library per folder of src/, linked to the layers
# that the table above allows and to nothing else of ours.
function(citus_init_layer name)
    add_library(citus_init_${name} STATIC ${ARGN})
    target_include_directories(citus_init_${name}
        PUBLIC ${CMAKE_SOURCE_DIR}/include
        PRIVATE ${CMAKE_SOURCE_DIR}/src)
    target_include_directories(citus_init_${name} SYSTEM PUBLIC ${TL_EXPECTED_INCLUDE_DIR})
    target_link_libraries(citus_init_${name} PUBLIC ${CITUS_INIT_FMT} PRIVATE citus_init_flags)
    foreach(row IN LISTS CITUS_INIT_LAYERS)
        if(row MATCHES "^${name}:(.+)$")
            string(REPLACE "," ";" allowed "${CMAKE_MATCH_1}")
            foreach(below IN LISTS allowed)
                target_link_libraries(citus_init_${name} PUBLIC citus_init_${below})
            endforeach()
        endif()
    endforeach()
endfunction()
