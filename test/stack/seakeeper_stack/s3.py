# SPDX-License-Identifier: Apache-2.0
"""The part `s3`: S3Proxy on the file system. Two buckets, two identities that do not see each other's bucket."""
import http.client
import os
import shutil

from . import cache
from .common import POD_SIDE, StackError, is_up, mark_up, merge_json, path, spawn, timed, wait_for, write

PORT = 9000
ENDPOINT = f"http://{POD_SIDE}:{PORT}"
BUCKETS = {t: {"bucket": f"seakeeper-{t}", "identity": f"{t}-id", "credential": f"{t}-secret"} for t in ("untrusted", "trusted")}
LOGBACK = """<configuration>
  <appender name="E" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %level %logger: %msg%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="E"/></root>
</configuration>
"""


def build():
    home = cache.find_java(11, 21) or cache.find_java(11)
    if not home:
        raise StackError("S3Proxy needs Java 11 or later: apt-get install openjdk-17-jre-headless, and run this again")
    return {"jars": cache.s3(), "java": home}


def properties(trust):
    """One file per identity: S3Proxy gives each its own store, of its own folder."""
    b, folder = BUCKETS[trust], path("s3", trust)
    os.makedirs(os.path.join(folder, b["bucket"]))
    return write(path("s3", trust + ".properties"), "".join(f"{k}={v}\n" for k, v in {
        "s3proxy.endpoint": ENDPOINT, "s3proxy.authorization": "aws-v2-or-v4", "s3proxy.identity": b["identity"], "s3proxy.credential": b["credential"],
        "jclouds.provider": "filesystem", "jclouds.identity": "local", "jclouds.credential": "local", "jclouds.filesystem.basedir": folder}.items()), 0o600)


def answers():
    c = http.client.HTTPConnection(POD_SIDE, PORT, timeout=2)
    c.request("GET", "/")
    return c.getresponse().status in (200, 403)


def start(made):
    if is_up("s3", ["s3proxy"]):
        return
    with timed("s3", "S3Proxy 2.6.0"):
        shutil.rmtree(path("s3"), ignore_errors=True)
        files = [properties(t) for t in BUCKETS]
        logback = write(path("s3", "logback.xml"), LOGBACK)
        server = spawn("s3proxy", "s3", [f"{made['java']}/bin/java", "-Xmx200m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dlogback.configurationFile={logback}",
                                         "-cp", f"{made['jars']}/lib/*", "org.gaul.s3proxy.Main", *(w for f in files for w in ("--properties", f))])
        wait_for("S3Proxy", answers, 60, process=server)
        merge_json({"s3": {"version": "2.6.0", "endpoint": ENDPOINT, "region": "us-east-1", "buckets": BUCKETS}})
        mark_up("s3")
