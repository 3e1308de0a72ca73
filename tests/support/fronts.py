"""Runs a front server with the very files that the project ships; only names, ports and paths are replaced."""

import os
import shutil
import signal
from pathlib import Path

from support.processes import ROOT, Process, environment, free_port, until, wait_for_port

KINDS = ("nginx-inspect", "nginx-auth_request", "caddy", "lighttpd")


def adapt(text: str, *replacements) -> str:
    """Replaces each (old, new); a shipped file that no longer has `old` is an error, not a test of something else."""
    for old, new in replacements:
        assert old in text, f"the shipped file has no {old!r}"
        text = text.replace(old, str(new))
    return text


class Front(Process):
    """A running front server. `url` has no closing slash."""

    def __init__(self, argv, *, directory, port, server_name, tls, access_log, more_logs=(), env=None, machine=None):
        self.port = port
        self.url = f"{'https' if tls else 'http'}://{server_name}:{port}"
        self.access_log = Path(access_log)
        super().__init__([*(machine.before if machine else ()), *argv], log=Path(directory) / "front.log", cwd=directory, env=env)
        self.logs = [self.log, self.access_log, *map(Path, more_logs)]
        try:
            if machine:
                until(lambda: machine.answers(port), f"{argv[0]} listens", process=self)
            else:
                wait_for_port(port, self)
        except BaseException:
            self.stop()
            raise

    def flush_logs(self, mark: str):
        """Waits until `mark` is in the access log. lighttpd writes it once a few seconds; SIGHUP has it written now."""
        if self.argv[0] == "lighttpd":
            os.kill(self.pid, signal.SIGHUP)
        until(lambda: self.access_log.exists() and mark in self.access_log.read_text(errors="replace"),
              f"the access log has {mark!r}", process=self)

    def logged(self) -> str:
        """All that the server has written to any log so far."""
        return "".join(log.read_text(errors="replace") for log in self.logs if log.exists())


def start_front(kind, directory, *, sockets_dir, upstream_port, server_name="127.0.0.1", tls=None, port=None,
                identity="remote", idle=3600, machine=None) -> Front:
    """
    A site of `kind` in front of 127.0.0.1:upstream_port. `tls` is a pair of paths (certificate, key) or None.
    `identity` says which headers tell the MCP server who it is: remote, x-auth-request or both. `idle`: after so many
    seconds without an event a stream ends. `machine`: one of support.machines where nginx runs, not on 127.0.0.1.
    """
    home = Path(directory) / kind
    home.mkdir(parents=True)
    start = {"nginx-inspect": _nginx, "nginx-auth_request": _nginx, "nginx-provider": _nginx, "caddy": _caddy,
             "lighttpd": _lighttpd}[kind]
    return start(kind, home, Path(sockets_dir), upstream_port, server_name, tls, port or free_port(), identity, idle,
                 **({"machine": machine} if machine else {}))


def _ship(folder: str, home: Path, adapted: dict):
    """Copies the shipped folder to home/gatehouse; `adapted` maps a file's name to its replacements."""
    target = home / "gatehouse"
    shutil.copytree(ROOT / folder, target, ignore=shutil.ignore_patterns("README.md"))
    for name, replacements in adapted.items():
        file = target / name
        file.write_text(adapt(file.read_text(), *replacements))
    return target


def _nginx(kind, home, sockets, upstream_port, server_name, tls, port, identity, idle, machine=None):
    example = {"nginx-inspect": "example-inspect.conf", "nginx-auth_request": "example-auth-request.conf",
               "nginx-provider": "example-provider.conf"}[kind]
    access_log = home / "access.log"
    name, old_port = ("auth.example.com", 9000) if kind == "nginx-provider" else ("mcp.example.com", 8080)
    site = [
        (f"ssl_certificate     /etc/ssl/certs/{name}.pem;", f"ssl_certificate {tls[0]};" if tls else ""),
        (f"ssl_certificate_key /etc/ssl/private/{name}.pem;", f"ssl_certificate_key {tls[1]};" if tls else ""),
        ("listen 443 ssl http2;", f"listen {machine.address if machine else '127.0.0.1'}:{port}{' ssl http2' if tls else ''};"),
        (f"server_name {name};", f"server_name {server_name};"),
        (f"127.0.0.1:{old_port};", f"127.0.0.1:{upstream_port};"),
    ]
    remote, other = "include gatehouse/identity.conf;", "include gatehouse/identity-x-auth-request.conf;"
    if kind != "nginx-provider":
        site.append((remote, {"remote": remote, "x-auth-request": other, "both": f"{remote} {other}"}[identity]))
    _ship("nginx-conf", home, {
        "http.conf": [("/run/gatehouse/", f"{sockets}/")],
        **{f"{name}.conf": [("root /run/gatehouse;", f"root {sockets};")] for name in ("authorize", "token")},
        "server.conf": [("/var/log/nginx/gatehouse.log", access_log)],
        "proxy.conf": [("proxy_read_timeout      1h;", f"proxy_read_timeout {idle}s;")],
        example: site,
    })
    for temporary in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (home / temporary).mkdir()
    main = home / "nginx.conf"
    main.write_text(f"""
{'user root;' if os.geteuid() == 0 else ''}
daemon off;
pid {home}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include gatehouse/http.conf;
    {'include gatehouse/http-auth-request.conf;' if kind == 'nginx-auth_request' else ''}
    include gatehouse/{example};
}}
""")
    return Front(["nginx", "-p", f"{home}/", "-e", "stderr", "-c", main], directory=home, port=port,
                 server_name=server_name, tls=tls, access_log=access_log, machine=machine)


def _caddy(_, home, sockets, upstream_port, server_name, tls, port, identity, idle):
    access_log = home / "access.log"
    shipped = _ship("caddy-conf", home, {
        "gatehouse.caddyfile": [("/run/gatehouse", sockets), ("/var/log/caddy/gatehouse.log", access_log),
                                 ("read_timeout 1h", f"read_timeout {idle}s")],
        "Caddyfile": [
            ("{\n\t# Errors", "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\t# Errors"),
            ("\nmcp.example.com {\n", f"\n{'https' if tls else 'http'}://{server_name}:{port} {{\n\tbind 127.0.0.1\n"
             + (f"\ttls {tls[0]} {tls[1]}\n" if tls else "")),
            ("\n:443 {\n", f"\n{'https' if tls else 'http'}://:{port} {{\n\tbind 127.0.0.1\n" + (f"\ttls {tls[0]} {tls[1]}\n" if tls else "")),
            ("127.0.0.1:8080", f"127.0.0.1:{upstream_port}"),
            ("identity.caddyfile", {"remote": "identity.caddyfile", "both": "identity*.caddyfile",
                                    "x-auth-request": "identity-x-auth-request.caddyfile"}[identity]),
        ],
    })
    main = (shipped / "Caddyfile").rename(home / "Caddyfile")
    return Front(["caddy", "run", "--config", main, "--adapter", "caddyfile"], directory=home, port=port,
                 server_name=server_name, tls=tls, access_log=access_log,
                 env=environment(HOME=str(home), XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home)))


def _lighttpd(_, home, sockets, upstream_port, server_name, tls, port, identity, idle):
    access_log, error_log = home / "access.log", home / "error.log"
    engine = 'ssl.engine             = "enable"'
    certificate = 'ssl.pemfile            = "/etc/ssl/certs/mcp.example.com.pem"'
    key = 'ssl.privkey            = "/etc/ssl/private/mcp.example.com.pem"'
    lua = 'var.gatehouse_conf + "/identity.lua"'
    assert identity != "x-auth-request", "lighttpd has the second family of names in addition only"
    shipped = _ship("lighttpd-conf", home, {
        "lighttpd.conf": [
            ("server.port            = 443", f'server.bind = "127.0.0.1"\nserver.port = {port}'),
            (engine, engine if tls else ""),
            (certificate, f'ssl.pemfile = "{tls[0]}"' if tls else ""),
            (key, f'ssl.privkey = "{tls[1]}"' if tls else ""),
            ('"mod_openssl", ', '"mod_openssl", ' if tls else ""),
            ('"mcp.example.com"', f'"{server_name}"'),
            ('"port" => 8080', f'"port" => {upstream_port}'),
            ('"read-timeout" => 3600', f'"read-timeout" => {idle}'),
            ('"/run/gatehouse"', f'"{sockets}"'),
            ('"/etc/lighttpd/gatehouse"', f'"{home}/gatehouse"'),
            ("/var/log/lighttpd/error.log", error_log),
            ("/var/log/lighttpd/gatehouse.log", access_log),
            ('"/var/www/html"', f'"{home}"'),
            ('server.username        = "www-data"', ""),
            ('server.groupname       = "www-data"', ""),
        ],
        "gatehouse.conf": [
            (lua, lua if identity == "remote" else f'{lua}, var.gatehouse_conf + "/identity-x-auth-request.lua"')],
    })
    main = (shipped / "lighttpd.conf").rename(home / "lighttpd.conf")
    return Front(["lighttpd", "-D", "-f", main], directory=home, port=port, server_name=server_name, tls=tls,
                 access_log=access_log, more_logs=[error_log])
