#pragma once

#include <map>
#include <string>
#include <vector>

#include "citus_init/base/result.h"

#include "cluster_template/manifest.h"

namespace citus_init::cluster_template {

// The files of a template on disk:
//   DIRECTORY/objects        contents, each once, one behind the other in the manifest's order
//   DIRECTORY/manifest.json
//   DIRECTORY/digest         of manifest.json; written last: without it the template is half made

bool has_template(const std::string& directory);

// Errors: `data_directory`, in words that name the file, where it is damaged or half made.
[[nodiscard]] Result<Manifest> read_template(const std::string& directory);

// The contents that a variant needs, by the number of the object; the others are "". In memory, so
// that what was verified is what is copied. Errors: as read_template().
using Objects = std::vector<std::string>;
[[nodiscard]] Result<Objects> read_objects(const std::string& directory, const Manifest& manifest,
                                           Variant variant);

// Collects clusters into a template that does not exist yet.
class TemplateWriter {
  public:
    // `directory` exists and is empty.
    explicit TemplateWriter(std::string directory) : directory_(std::move(directory)) {}

    // Adds the stopped cluster in `data_directory`, but what a start makes anew.
    [[nodiscard]] Status add(Manifest& manifest, Variant variant,
                             const std::string& data_directory);
    // Writes the objects, the manifest, then the digest.
    [[nodiscard]] Status finish(const Manifest& manifest) const;

  private:
    [[nodiscard]] Status add_tree(Manifest& manifest, std::vector<Entry>& entries,
                                  const std::string& root, const std::string& path);
    [[nodiscard]] Result<Entry> add_file(Manifest& manifest, const std::string& root,
                                         const std::string& path);

    std::string directory_;
    Objects objects_;
    std::multimap<Digest, std::size_t> known_;
};

}  // namespace citus_init::cluster_template
