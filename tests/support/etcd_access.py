"""An etcd that does not let everybody in: by user and password, or by certificate."""
import subprocess

from support.networks import run
from support.patroni_member import Etcd
from support.pid_namespace import wait_until

ROOT_PASSWORD = "root-of-etcd"


class EtcdWithUsers(Etcd):
    """Users and their passwords may be changed while it runs; `users`: {name: password}."""

    def __init__(self, networks, name, users):
        # The hashes of its passwords are not what is tested.
        super().__init__(networks, name, "--bcrypt-cost", "4")
        self.enter = ["ip", "netns", "exec", networks.namespace(name), "env", "ETCDCTL_API=3", "etcdctl",
                      "--endpoints", self.url]
        wait_until(lambda: self.is_healthy(), lambda: "a healthy etcd", 30)
        for user, password in {"root": ROOT_PASSWORD, **users}.items():
            self.control("user", "add", f"{user}:{password}")
            self.control("user", "grant-role", user, "root")
        self.control("auth", "enable")
        self.enter += ["--user", "root:" + ROOT_PASSWORD]

    def is_healthy(self):
        return subprocess.run([*self.enter, "endpoint", "health"], capture_output=True, check=False).returncode == 0

    def control(self, *arguments, stdin=""):
        subprocess.run([*self.enter, *arguments], input=stdin, text=True, check=True, capture_output=True)

    def set_password(self, user, password):
        self.control("user", "passwd", user, "--interactive=false", stdin=password + "\n")


class Authority:
    """Certificates of an authority of a test's own, as files in `directory` that everybody may read."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.certificate, self.key = directory / f"{name}.crt", directory / f"{name}.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=" + name, "-days", "2", "-keyout", str(self.key), "-out", str(self.certificate))

    def issue(self, name, address):
        """The paths of a certificate for that name and address, and of its key."""
        certificate, key, request = (self.directory / f"{self.name}.{name}.{kind}" for kind in ("crt", "key", "csr"))
        extensions = self.directory / f"{self.name}.{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name},IP:{address}\n")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=" + name, "-keyout", str(key), "-out", str(request))
        run("openssl", "x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.key),
            "-CAcreateserial", "-days", "2", "-extfile", str(extensions), "-out", str(certificate))
        key.chmod(0o644)
        return str(certificate), str(key)


class EtcdWithCertificates(Etcd):
    """Over TLS, for those who have a certificate of `authority`."""

    def __init__(self, networks, name, authority):
        certificate, key = authority.issue(name, networks.address(name))
        super().__init__(networks, name, "--cert-file", certificate, "--key-file", key, "--client-cert-auth",
                         "--trusted-ca-file", str(authority.certificate), scheme="https")
