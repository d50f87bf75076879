#pragma once

#include <curl/curl.h>

#include "citus_init/base/result.h"

namespace citus_init::http {

// The functions of libcurl that we call, typed by its own header, found by dlsym(3).
struct Library {
    decltype(&::curl_global_init) global_init = nullptr;
    decltype(&::curl_easy_init) init = nullptr;
    decltype(&::curl_easy_reset) reset = nullptr;
    decltype(&::curl_easy_cleanup) cleanup = nullptr;
    decltype(&::curl_easy_setopt) set = nullptr;
    decltype(&::curl_easy_perform) perform = nullptr;
    decltype(&::curl_easy_getinfo) get = nullptr;
    decltype(&::curl_easy_strerror) error_text = nullptr;
    decltype(&::curl_slist_append) append = nullptr;
    decltype(&::curl_slist_free_all) free_list = nullptr;
};

// The first of the names that there is.
[[nodiscard]] Result<Library> load_library(std::initializer_list<const char*> file_names);

}  // namespace citus_init::http
