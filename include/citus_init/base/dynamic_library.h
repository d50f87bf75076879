#pragma once

#include <string>

#include "citus_init/base/result.h"

namespace citus_init {

// A shared library that is opened when it is first needed, since linking it would cost every start
// some milliseconds and a megabyte. Stays open until the process ends: what it registered
// (atexit, thread-local storage) must outlive any closing.
class DynamicLibrary {
  public:
    // dlopen(3) with every symbol bound at once. Error: `os`, with the linker's own words.
    [[nodiscard]] static Result<DynamicLibrary> open(const char* file_name);

    // Puts the function called `name` into `function`, a pointer of its type; null if it is
    // missing.
    template <typename Function>
    void find(const char* name, Function& function) {
        // POSIX says that an object pointer from dlsym converts to the function's.
        function = reinterpret_cast<Function>(symbol(name));
    }

    // The first name that find() did not find, "" if all were there.
    const std::string& missing() const { return missing_; }

  private:
    explicit DynamicLibrary(void* handle) : handle_(handle) {}
    void* symbol(const char* name);

    void* handle_;
    std::string missing_;
};

}  // namespace citus_init
