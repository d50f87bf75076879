#include "citus_init/backup/stanza.h"

#include <limits>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

// A word for the shell, within archive_command, where the server replaces what follows a "%".
std::string quoted(const std::string& path) {
    std::string word = "'";
    for (const char c : path) {
        switch (c) {
            case '\'':
                word += "'\\''";
                break;
            case '%':
                word += "%%";
                break;
            default:
                word += c;
        }
    }
    return word + "'";
}

}  // namespace

std::string stanza_name(const settings::BackupSettings& settings, int group) {
    return fmt::format("{}-{}", settings.name, group);
}

std::optional<int> group_of_stanza(const settings::BackupSettings& settings,
                                   std::string_view stanza) {
    if (!stanza.starts_with(settings.name + "-")) {
        return std::nullopt;
    }
    const auto group =
        parse_integer(stanza.substr(settings.name.size() + 1), 0, std::numeric_limits<int>::max());
    return group ? std::optional(static_cast<int>(*group)) : std::nullopt;
}

std::string stanza_place(const settings::BackupSettings& settings, int group) {
    return fmt::format("{} in {}", stanza_name(settings, group), settings.repository.text());
}

std::string archive_command(const std::string& configuration, const std::string& errors,
                            const std::string& stanza) {
    return fmt::format(
        "pgbackrest --config={0} {3} --stanza={1} archive-push \"%p\" 2>{2} || "
        "{{ cat {2} >&2; exit 1; }}",
        quoted(configuration), stanza, quoted(errors), kErrorsToStderr);
}

std::string archive_command_without_shell(const std::string& configuration,
                                          const std::string& errors, const std::string& stanza) {
    return fmt::format(
        "sh -c 'pgbackrest --config=\"$2\" {} --stanza={} archive-push \"$1\" 2>\"$3\" || "
        "{{ cat \"$3\" >&2; exit 1; }}' sh \"%p\" {} {}",
        kErrorsToStderr, stanza, quoted(configuration), quoted(errors));
}

// archive-get ends with 1 where the file is not there. The server takes every code up to 125 for
// that, and promotes at once: a repository that is away for a moment would end the recovery.
std::string restore_command(const std::string& configuration, const std::string& stanza,
                            const std::string& data_directory) {
    return fmt::format(
        "pgbackrest --config={} --stanza={} --pg1-path={} archive-get %f \"%p\"; "
        "code=$?; [ $code -le 1 ] || code=255; exit $code",
        quoted(configuration), stanza, quoted(data_directory));
}

// timeout(1) ends with 124, BusyBox's with 143, which the server would take for its own end.
std::string replica_restore_command(const std::string& configuration, const std::string& stanza) {
    return fmt::format(
        "sh -c '[ -z \"$(find \"$4\" -mmin -1 2>/dev/null)\" ] || exit 1; "
        "timeout 10 pgbackrest --config=\"$3\" --stanza={} archive-get \"$1\" \"$2\"; "
        "case $? in 0) exit 0;; 124|143) : > \"$4\";; esac; exit 1' sh %f \"%p\" {} {}",
        stanza, quoted(configuration), quoted(configuration + ".hung"));
}

}  // namespace citus_init::backup
