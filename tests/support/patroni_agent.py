"""The agent of a member, beside a Patroni that no PID 1 of ours started."""
from support.own_program import AS_POSTGRES, OwnProgram


def start_agent(member, **settings):
    """As PID 1 starts it, in the member's network and with its names."""
    return OwnProgram(
        ["agent", "--socket-dir", str(member.directory / "socket"), "--port", "5432"],
        {**member.environment, **settings},
        ["ip", "netns", "exec", member.networks.namespace(member.name), "unshare", "--mount", "sh", "-c",
         'mount --bind "$0" /etc/hosts && exec "$@"', member.networks.hosts, *AS_POSTGRES])
