#pragma once

#include <map>
#include <string>
#include <vector>

#include "citus_init/base/result.h"

#include "cluster_template/manifest.h"

namespace citus_init::cluster_template {

// The files of a template on disk:
//   DIRECTORY/objects/N      content, each once
//   DIRECTORY/manifest.json
//   DIRECTORY/digest         of manifest.json; written last: without it the template is half made

std::string object_path(const std::string& directory, std::size_t object);

bool has_template(const std::string& directory);

// Errors: `data_directory`, in words that name the file, where it is damaged or half made.
[[nodiscard]] Result<Manifest> read_template(const std::string& directory);

// Whether every object that the variant needs is as it was written. Errors: as read_template().
[[nodiscard]] Status verify_objects(const std::string& directory, const Manifest& manifest,
                                    Variant variant);

// Collects clusters into a template that does not exist yet.
class TemplateWriter {
  public:
    // `directory` exists and is empty.
    explicit TemplateWriter(std::string directory) : directory_(std::move(directory)) {}

    // Adds the stopped cluster in `data_directory`, but what a start makes anew.
    [[nodiscard]] Status add(Manifest& manifest, Variant variant,
                             const std::string& data_directory);
    // Writes the manifest, then the digest.
    [[nodiscard]] Status finish(const Manifest& manifest) const;

  private:
    [[nodiscard]] Status add_tree(Manifest& manifest, std::vector<Entry>& entries,
                                  const std::string& root, const std::string& path);
    [[nodiscard]] Result<Entry> add_file(Manifest& manifest, const std::string& root,
                                         const std::string& path);

    std::string directory_;
    std::multimap<Digest, std::size_t> known_;
};

}  // namespace citus_init::cluster_template
