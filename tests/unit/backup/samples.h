#pragma once

#include "citus_init/backup/manifest.h"

namespace citus_init::backup {

inline Manifest point() {
    Manifest manifest;
    manifest.name = "before";
    manifest.target = "before.0011aabb";
    manifest.cluster = "app";
    manifest.time = 1'795'956'865;
    manifest.database = "da\"ta\nbase";
    manifest.postgres_version = "15.14";
    manifest.citus_version = "13.2-1";
    manifest.citus_init_version = "0.2.0";
    manifest.groups = {{0, "app-0", "20261129-125425F", "0/12000088", 1, "000000010000000000000013",
                        "18446744073709551615", 12},
                       {2,
                        "app-2",
                        "20261129-125426F",
                        "0/52000088",
                        3,
                        "000000030000000000000052",
                        "7713575846633630574",
                        13,
                        {"000000010000000000000020", "000000020000000000000031"}}};
    manifest.nodes = {{0, {"coordinator", 5432}, "primary"}, {2, {"fd00::2", 5433}, "secondary"}};
    return manifest;
}

// As pgBackRest 2.45 prints it, two backups and what is left of their WAL.
inline constexpr const char* kInfo = R"([{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1",
"max":"000000010000000000000016","min":"000000010000000000000011"}],"backup":[
{"archive":{"start":"000000010000000000000011","stop":"000000010000000000000012"},
"database":{"id":1,"repo-key":1},"error":false,"info":{"delta":228021852,"repository":{
"delta":11592416,"size":11592416},"size":228021852},"label":"20261129-125425F","lsn":{
"start":"0/11000028","stop":"0/12000088"},"prior":null,"timestamp":{"start":1795956865,
"stop":1795956876},"type":"full"},
{"archive":{"start":"000000010000000000000016","stop":"000000010000000000000016"},
"database":{"id":1,"repo-key":1},"error":true,"info":{"delta":205529356,"repository":{
"delta":8558208,"size":11592800},"size":228095580},"label":"20261129-125425F_20261129-125456I",
"prior":"20261129-125425F","timestamp":{"start":1795956896,"stop":1795956902},"type":"incr"}],
"cipher":"none","db":[{"id":1,"repo-key":1,"system-id":18446744073709551615,"version":"15"}],
"name":"app-0","status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}])";

}  // namespace citus_init::backup
