# Two stages: one resolves nothing and installs what the lock file says, the other carries the result.
FROM python:3.13.9-slim-bookworm AS install
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/bellwether
WORKDIR /source
COPY requirements.lock ./
RUN /opt/bellwether/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY producers producers
COPY processors processors
COPY sinks sinks
COPY infra infra
RUN /opt/bellwether/bin/pip install --no-deps --no-build-isolation . \
    && /opt/bellwether/bin/pip uninstall -y --quiet pip

FROM python:3.13.9-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /home/bellwether bellwether \
    && install -d -o bellwether -g bellwether /var/lib/bellwether /var/lib/bellwether-alerts
COPY --from=install /opt/bellwether /opt/bellwether
ENV PATH=/opt/bellwether/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER bellwether
WORKDIR /home/bellwether
ENTRYPOINT ["bellwether"]
CMD ["--help"]
