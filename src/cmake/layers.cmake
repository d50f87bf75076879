# The layers of docs/architecture.md, lowest first: NAME and what it may include. Each folder is one,
# subfolders too. tests/lint/layers.py reads this very table, so the build and the check cannot differ.
set(CITUS_INIT_LAYERS
    "base:"
    "metrics:base"
    "process:base"
    "lifecycle:base"
    "settings:base"
    "backup:base,settings"
    "backup/client:base,process,settings,backup"
    "render:base,settings,backup"
    "security:base"
    "network:base"
    "citus:base"
    "citus/membership:base,citus"
    "citus/operations:base,citus,citus/membership"
    "backup/cluster:base,settings,citus,citus/operations,backup"
    "libpq:base,citus"
    "http:base"
    "http/server:base,http"
    "ha:base"
    "status:base,citus,citus/membership,ha"
    "monitor:base,metrics,citus,citus/membership,status"
    "ha/backend:base,settings,render,citus,ha,status"
    "ha/patroni:base,lifecycle,settings,backup,render,citus,ha,status,ha/backend"
    "ha/patroni/client:base,settings,http,ha,status,ha/backend,ha/patroni"
    "postgres:base,process,lifecycle"
    "doctor:base,security,citus,postgres"
    "node:base,process,settings,backup,render,security,network,citus,ha/backend,ha/patroni,postgres,status"
    "private_server:base,process,render,citus,postgres"
    "upgrade:base,process,settings,render,citus,libpq,postgres,node,private_server"
    "cluster_template:base,process,settings,security,citus,libpq,postgres,node,private_server"
    "restore:base,process,settings,backup,backup/client,render,citus,postgres,node"
    "agent:base,process,settings,backup,backup/client,backup/cluster,render,network,citus,citus/membership,citus/operations,libpq,ha,postgres,status,doctor,node"
    "agent/member:base,process,settings,security,network,citus,citus/membership,libpq,http,ha,ha/backend,ha/patroni,ha/patroni/client,postgres,status,node,agent"
    "overview:base,settings,render,citus,citus/membership,status,monitor,agent"
    "web:base,process,metrics,settings,render,citus,libpq,http,http/server,ha,postgres,status,monitor,node,agent,agent/member,overview"
    "repository_host:base,process,settings,backup,render,security,network,node"
    "supervisor:base,process,lifecycle,settings,render,citus,ha/patroni,postgres,status,node"
    "supervisor/standalone:base,process,lifecycle,settings,render,citus,postgres,status,node,supervisor"
    "supervisor/patroni:base,process,lifecycle,settings,render,network,citus,ha,ha/backend,ha/patroni,postgres,status,node,supervisor"
    "supervisor/entrypoint:base,process,settings,render,ha/patroni,postgres,status,node,supervisor,supervisor/standalone,supervisor/patroni"
    "cli/verbs:base,process,settings,render,security,network,citus,libpq,http,ha/backend,postgres,status,node"
    "cli/cluster:base,process,settings,render,citus,citus/membership,citus/operations,libpq,ha,postgres,status,doctor,node,agent,agent/member,cli/verbs"
    "cli/backup:base,process,settings,render,network,citus,citus/operations,backup,backup/client,backup/cluster,postgres,status,restore,agent,cli/verbs,cli/cluster"
    "cli/top:base,process,settings,status,citus,monitor,agent,overview,cli/verbs,cli/cluster"
    "cli:base,metrics,doctor,process,settings,ha/patroni,postgres,status,node,agent,agent/member,upgrade,cluster_template,restore,web,repository_host,supervisor,supervisor/patroni,supervisor/entrypoint,cli/verbs,cli/cluster,cli/backup,cli/top"
    "main:base,process,settings,node,supervisor,supervisor/entrypoint,cli")

# citus_init_layer(NAME [GENERATED_SOURCE...]): one static library of all sources in the folder src/NAME,
# linked to the layers that the table above allows and to nothing else of ours. That of agent/member is
# citus_init_agent_member. A new file needs no list: the build looks for new ones each time.
function(citus_init_layer name)
    string(REPLACE "/" "_" library citus_init_${name})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/bundled_fmt[.]cpp$")  # a library of its own: bundle.cmake
    add_library(${library} STATIC ${sources} ${ARGN})
    target_include_directories(${library}
        PUBLIC ${CMAKE_SOURCE_DIR}/include
        PRIVATE ${CMAKE_SOURCE_DIR}/src)
    target_include_directories(${library} SYSTEM PUBLIC ${TL_EXPECTED_INCLUDE_DIR})
    target_link_libraries(${library} PUBLIC ${CITUS_INIT_FMT} PRIVATE citus_init_flags)
    foreach(row IN LISTS CITUS_INIT_LAYERS)
        if(row MATCHES "^${name}:(.+)$")
            string(REPLACE "/" "_" allowed "${CMAKE_MATCH_1}")
            string(REPLACE "," ";" allowed "${allowed}")
            foreach(below IN LISTS allowed)
                target_link_libraries(${library} PUBLIC citus_init_${below})
            endforeach()
        endif()
    endforeach()
endfunction()
