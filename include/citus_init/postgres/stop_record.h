#pragma once

#include <optional>
#include <string>

namespace citus_init::postgres {

// "PGDATA/citus_init/stop.json": a stop that has begun. PID 1 removes it at its end, so one that a
// start finds was cut off: the container's grace period was too short, or the machine went away.
inline constexpr const char* kStopRecordName = "citus_init/stop.json";

// Nothing where PGDATA/citus_init is not there yet. Not durable: what is lost with the machine
// costs a warning. What fails is left out.
void note_stop(const std::string& data_directory);
void forget_stop(const std::string& data_directory);

// When a stop began that was cut off before the server had shut down; none where there was none, or
// where it was returned before. The record stays until the next stop, for the doctor; one that
// means nothing (the server has shut down, the directory is a copy) is removed.
[[nodiscard]] std::optional<std::string> take_cut_off_stop(const std::string& data_directory);

// When the stop began, by the text of such a record; "" for any other text. Pure.
std::string began_of_stop(const std::string& text);

}  // namespace citus_init::postgres
