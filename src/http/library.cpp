#include "http/library.h"

#include <string>

#include <fmt/core.h>

#include "citus_init/base/dynamic_library.h"

namespace citus_init::http {

namespace {

Result<DynamicLibrary> open_first(std::initializer_list<const char*> file_names) {
    std::string reasons;
    for (const char* file_name : file_names) {
        auto opened = DynamicLibrary::open(file_name);
        if (opened) {
            return opened;
        }
        reasons += (reasons.empty() ? "" : "; ") + opened.error().message;
    }
    return fail(ExitCode::os, fmt::format("cannot load libcurl, which Patroni and etcd are asked "
                                          "with: {}. Install the package libcurl4",
                                          reasons));
}

}  // namespace

Result<Library> load_library(std::initializer_list<const char*> file_names) {
    auto symbols = open_first(file_names);
    if (!symbols) {
        return fail(symbols.error());
    }
    Library library;
    symbols->find("curl_global_init", library.global_init);
    symbols->find("curl_easy_init", library.init);
    symbols->find("curl_easy_reset", library.reset);
    symbols->find("curl_easy_cleanup", library.cleanup);
    symbols->find("curl_easy_setopt", library.set);
    symbols->find("curl_easy_perform", library.perform);
    symbols->find("curl_easy_getinfo", library.get);
    symbols->find("curl_easy_strerror", library.error_text);
    symbols->find("curl_slist_append", library.append);
    symbols->find("curl_slist_free_all", library.free_list);
    if (!symbols->missing().empty()) {
        return fail(ExitCode::os, fmt::format("cannot use libcurl: it has no {}. Install the "
                                              "package libcurl4",
                                              symbols->missing()));
    }
    return library;
}

}  // namespace citus_init::http
