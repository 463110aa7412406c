"""Apache Kafka's jars, by Maven: which ones is said by `pom.xml` beside this file. They are kept in ~/.cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from schemas.errors import Retryable

POM: Final = Path(__file__).with_name("pom.xml")
CACHE: Final = Path.home() / ".cache" / "bellwether-kafka"
JAVA: Final = 17  # the oldest that Kafka 4 runs on
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_NAMESPACE: Final = "{http://maven.apache.org/POM/4.0.0}"


def missing() -> str:
    """Return in words what this machine lacks to run Kafka, "" if nothing."""
    lacking = []
    version = java_version()
    if version is None:
        lacking.append(f"Java {JAVA} or newer is not installed")
    elif version < JAVA:
        lacking.append(f"Java is {version}, Kafka needs {JAVA} or newer")
    if shutil.which("mvn") is None and not _folder().exists():
        lacking.append("Maven is not installed")
    return "; ".join(lacking)


def java_version() -> int | None:
    """Return the major version of the `java` on the path, None without one."""
    if shutil.which("java") is None:
        return None
    try:
        said = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Written on standard error; before 9 it was 1.8 and so on.
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(found.group(1)) if found else None


def kafka_version() -> str:
    """Return the version that the POM names."""
    for dependency in ElementTree.parse(POM).iter():  # noqa: S314 -- our own file
        if dependency.tag.removeprefix(_NAMESPACE) != "dependency":
            continue
        parts = {part.tag.removeprefix(_NAMESPACE): part.text or "" for part in dependency}
        if parts["artifactId"].startswith("kafka_"):
            return parts["version"]
    raise AssertionError("the POM names no Kafka")


def jars() -> Path:
    """Return the folder with Kafka's jars, fetched once. Raises Retryable with Maven's words."""
    folder = _folder()
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        try:
            fetched = subprocess.run(
                ["mvn", "-q", "-B", "-f", str(POM), _COPY, f"-DoutputDirectory={partial}"],
                capture_output=True, text=True, timeout=900, check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise Retryable("Kafka's jars are fetched by Maven, which is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise Retryable(
                "Maven did not fetch Kafka's jars within 15 minutes; the same command tries again"
            ) from error
        if fetched.returncode:
            shutil.rmtree(partial, ignore_errors=True)
            raise Retryable(f"Maven did not fetch Kafka's jars: {fetched.stdout[-2000:]}")
        try:
            partial.replace(folder)
        except OSError:  # another process was quicker
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def _folder() -> Path:
    return CACHE / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
