# Depthcast in a container: the wheel is built in the first stage, the second has no compiler.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/depthcast \
 && /opt/depthcast/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY engine/ engine/
COPY auth/ auth/
COPY app/ app/
COPY static/ static/
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
 && /opt/depthcast/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/depthcast --create-home depthcast
COPY --from=build /opt/depthcast /opt/depthcast
ENV PATH=/opt/depthcast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DEPTHCAST_HOST=0.0.0.0 \
    DEPTHCAST_DATA_DIR=/var/lib/depthcast
USER depthcast
WORKDIR /var/lib/depthcast
VOLUME /var/lib/depthcast
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=2s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=1)"]
ENTRYPOINT ["depthcast"]
CMD ["serve"]
