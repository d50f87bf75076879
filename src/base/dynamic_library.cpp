#include "citus_init/base/dynamic_library.h"

#include <dlfcn.h>

namespace citus_init {

Result<DynamicLibrary> DynamicLibrary::open(const char* file_name) {
    void* handle = ::dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* reason = ::dlerror();
        return fail(ExitCode::os, reason == nullptr ? file_name : reason);
    }
    return DynamicLibrary(handle);
}

void* DynamicLibrary::symbol(const char* name) {
    void* found = ::dlsym(handle_, name);
    if (found == nullptr && missing_.empty()) {
        missing_ = name;
    }
    return found;
}

}  // namespace citus_init
