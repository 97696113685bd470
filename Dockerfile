# Two stages: packages are unpacked in the first, the second holds no tools to build with.
FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /requirements.txt

FROM python:3.13-slim
# Pango draws the PDFs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin cma \
    && install -d -o cma -g cma /var/lib/cma
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CMA_ENV=production \
    CMA_STATE=/var/lib/cma \
    CMA_STATIC_ROOT=/app/staticfiles
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Collecting needs no secret; the settings of production would ask for them.
RUN CMA_ENV=dev python manage.py collectstatic --no-input --verbosity 0 && python -m compileall -q .
USER cma
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "-m", "deploy.healthcheck", "healthz"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "--log-level", "warning", \
     "cma.wsgi:application"]
