#include "cluster_template/store.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/read_file.h"
#include "citus_init/base/regular_file.h"
#include "citus_init/base/text.h"

namespace citus_init::cluster_template {

namespace {

constexpr mode_t kReadable = 0644;

std::string manifest_path(const std::string& directory) {
    return directory + "/manifest.json";
}

std::string objects_path(const std::string& directory) {
    return directory + "/objects";
}

std::string digest_path(const std::string& directory) {
    return directory + "/digest";
}

Error damaged(const std::string& path, const Error& reason) {
    return {ExitCode::data_directory, fmt::format("\"{}\" {}", path, reason.message)};
}

// What a server makes anew at its start, or leaves of a former one: statistics are per database and
// begin with none, caches are discarded.
bool is_left_out(const std::string& path) {
    constexpr std::array<std::string_view, 5> kNames{
        "postmaster.opts", "postmaster.pid", "pg_internal.init", "pgstat.stat", "current_logfiles"};
    const std::string name = path.substr(path.rfind('/') + 1);
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           path.starts_with("pg_stat/") || path.starts_with("pg_stat_tmp/");
}

// The zeros at a file's end go into its size, whole pages of them.
std::string_view without_zeros(std::string_view content) {
    constexpr std::size_t kPage = 8192;
    const auto last = content.find_last_not_of('\0');
    const std::size_t used = last == std::string_view::npos ? 0 : last + 1;
    const std::size_t pages = (used + kPage - 1) / kPage * kPage;
    return content.substr(0, std::min(pages, content.size()));
}

std::vector<bool> used_objects(const Manifest& manifest, Variant variant) {
    std::vector<bool> used(manifest.objects.size(), false);
    for (const auto& entry : manifest.variants.at(variant)) {
        if (entry.object) {
            used[*entry.object] = true;
        }
    }
    return used;
}

// Fewer bytes than asked for where the file ends.
Result<std::string> read_at(const Fd& file, std::uint64_t offset, std::size_t size,
                            const std::string& path) {
    std::string content(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::pread(file.get(), content.data() + done, size - done,
                                      static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    content.resize(done);
    return content;
}

Result<std::string> read_object(const Fd& file, std::uint64_t offset, const Digest& digest,
                                const std::string& path) {
    if (digest.size > read_limit::kProgram) {
        return fail(too_large_error(path, read_limit::kProgram));
    }
    auto content = read_at(file, offset, digest.size, path);
    if (content && digest_of(*content) != digest) {
        return fail(ExitCode::data_directory,
                    fmt::format("\"{}\" does not fit its checksum at {}", path, offset));
    }
    return content;
}

}  // namespace

bool has_template(const std::string& directory) {
    return RealFilesystem().exists(manifest_path(directory));
}

Result<Manifest> read_template(const std::string& directory) {
    const std::string path = manifest_path(directory);
    const auto file = read_regular_file(path, read_limit::kProgram);
    if (!file) {
        return fail(ExitCode::data_directory, file.error().message);
    }
    const auto written = RealFilesystem().read(digest_path(directory), read_limit::kRecord);
    if (!written) {
        return fail(ExitCode::data_directory, "it is half made: " + written.error().message);
    }
    if (parse_digest(trim(*written)) != digest_of(*file)) {
        return fail(ExitCode::data_directory,
                    fmt::format("it is damaged: \"{}\" does not fit its checksum", path));
    }
    auto manifest = parse_manifest(*file);
    return manifest ? std::move(manifest) : fail(damaged(path, manifest.error()));
}

Result<Objects> read_objects(const std::string& directory, const Manifest& manifest,
                             Variant variant) {
    const std::string path = objects_path(directory);
    const auto file = open_regular_file(path);
    if (!file) {
        return fail(ExitCode::data_directory, "it is damaged: " + file.error().message);
    }
    const auto used = used_objects(manifest, variant);
    Objects objects(manifest.objects.size());
    std::uint64_t offset = 0;
    for (std::size_t object = 0; object < objects.size(); ++object) {
        const Digest& digest = manifest.objects[object];
        if (used[object]) {
            auto content = read_object(*file, offset, digest, path);
            if (!content) {
                return fail(ExitCode::data_directory, "it is damaged: " + content.error().message);
            }
            objects[object] = std::move(*content);
        }
        offset += digest.size;
    }
    return objects;
}

Result<Entry> TemplateWriter::add_file(Manifest& manifest, const std::string& root,
                                       const std::string& path) {
    const auto file = read_regular_file(fmt::format("{}/{}", root, path), read_limit::kProgram);
    if (!file) {
        return fail(file.error());
    }
    const auto content = without_zeros(*file);
    Entry entry;
    entry.path = path;
    entry.size = file->size();
    if (content.empty()) {
        return entry;
    }
    const Digest digest = digest_of(content);
    const auto [first, last] = known_.equal_range(digest);
    const auto known = std::find_if(
        first, last, [&](const auto& pair) { return objects_[pair.second] == content; });
    if (known != last) {
        entry.object = known->second;
        return entry;
    }
    entry.object = objects_.size();
    objects_.emplace_back(content);
    manifest.objects.push_back(digest);
    known_.emplace(digest, *entry.object);
    return entry;
}

Status TemplateWriter::add_tree(Manifest& manifest, std::vector<Entry>& entries,
                                const std::string& root, const std::string& path) {
    const auto names =
        RealFilesystem().list(path.empty() ? root : fmt::format("{}/{}", root, path));
    if (!names) {
        return fail(names.error());
    }
    for (const auto& name : *names) {
        const std::string below = path.empty() ? name : fmt::format("{}/{}", path, name);
        const auto status = RealFilesystem().status(fmt::format("{}/{}", root, below));
        if (!status) {
            return fail(status.error());
        }
        if (is_left_out(below)) {
            continue;
        }
        if (status->type == FileType::directory) {
            entries.push_back({below, status->mode, true, std::nullopt, 0});
            CITUS_INIT_TRY(add_tree(manifest, entries, root, below));
            continue;
        }
        auto entry = add_file(manifest, root, below);
        if (!entry) {
            return fail(entry.error());
        }
        entry->mode = status->mode;
        entries.push_back(std::move(*entry));
    }
    return {};
}

Status TemplateWriter::add(Manifest& manifest, Variant variant, const std::string& data_directory) {
    constexpr mode_t kOpen = 0755;
    CITUS_INIT_TRY(make_directories(directory_, kOpen));
    return add_tree(manifest, manifest.variants[variant], data_directory, "");
}

Status TemplateWriter::finish(const Manifest& manifest) const {
    const std::string text = manifest_text(manifest);
    CITUS_INIT_TRY(replace_file(objects_path(directory_), join(objects_, ""), kReadable));
    CITUS_INIT_TRY(write_file_atomically(manifest_path(directory_), text, kReadable));
    return write_file_atomically(digest_path(directory_), to_string(digest_of(text)) + "\n",
                                 kReadable);
}

}  // namespace citus_init::cluster_template
