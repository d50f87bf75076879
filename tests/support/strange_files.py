"""Files that the server's user, or somebody else on the volume, puts in our way."""
import os

from support.node import POSTGRES

SOON = 20  # seconds, on a loaded machine; what hangs, hangs for ever
PRECIOUS = "topsecret token\n"


def as_servers_user(path):
    os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid, follow_symlinks=False)
    return path


def fifo(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    return as_servers_user(path)


def is_untouched(file):
    """A file that was made with PRECIOUS and mode 0600 by root."""
    status = file.stat()
    return file.read_text() == PRECIOUS and status.st_uid == 0 and status.st_mode & 0o777 == 0o600
