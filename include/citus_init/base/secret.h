#pragma once

#include <string>
#include <utility>

namespace citus_init {

// A value that must not be shown. It has no formatter, no stream operator and no conversion, so it
// cannot reach a log or a message by accident: whoever needs the text says reveal(). Overwritten
// in memory when destroyed.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            value_ = std::move(other.value_);
            other.wipe();
        }
        return *this;
    }
    ~Secret() { wipe(); }

    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

    bool operator==(const Secret& other) const = default;

  private:
    void wipe() noexcept;

    std::string value_;
};

}  // namespace citus_init
