"""A throw-away certificate authority, so that tests can speak https on 127.0.0.1 and trust nothing else."""

import subprocess
from pathlib import Path
from typing import NamedTuple

NAMES = ("127.0.0.1", "localhost")


class Pair(NamedTuple):
    """Files of one server's certificate and its private key, in PEM."""

    certificate: Path
    key: Path


class Authority:
    """An authority of its own; `certificate` is the file that clients trust (ca_file, NODE_EXTRA_CA_CERTS)."""

    def __init__(self, directory, name="gatehouse tests"):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = self.directory / "ca.pem", self.directory / "ca-key.pem"
        _openssl("req", "-x509", *_new_key(self._key), "-out", self.certificate, "-days", "2", "-subj", f"/CN={name}",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, *names, file="server", days=2) -> Pair:
        """A server certificate for host names and addresses, default NAMES; one with `days` below zero is expired."""
        names = names or NAMES
        pair = Pair(self.directory / f"{file}.pem", self.directory / f"{file}-key.pem")
        request, extensions = self.directory / f"{file}.csr", self.directory / f"{file}.ext"
        addresses = (f"{'IP' if name.replace('.', '').isdigit() or ':' in name else 'DNS'}:{name}" for name in names)
        extensions.write_text(f"subjectAltName={','.join(addresses)}\nbasicConstraints=CA:FALSE\n"
                              "extendedKeyUsage=serverAuth\n")
        _openssl("req", "-new", *_new_key(pair.key), "-out", request, "-subj", f"/CN={names[0]}")
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                 "-days", str(days), "-extfile", extensions, "-out", pair.certificate)
        return pair


def _new_key(path):
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path


def _openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"openssl {words[0]} failed: {done.stderr}"
