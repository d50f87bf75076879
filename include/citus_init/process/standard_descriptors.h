#pragma once

namespace citus_init::process {

// Puts /dev/null on those of the descriptors 0, 1 and 2 that are closed, so that nothing we open
// later lands there and is taken for somebody's output. Close-on-exec: a wrapped command finds
// them closed, as we were started. Before anything else that opens a descriptor.
void occupy_standard_descriptors();

// For a child of our own that is about to exec: it shall have all three open, since a server whose
// descriptor 2 is free would log into the first file that it opens.
void keep_standard_descriptors();

}  // namespace citus_init::process
