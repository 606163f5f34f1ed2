# Chorale's image (target `chorale`) and Label Studio's (target `label-studio`), both from lock files, neither as root.
#   docker build --target chorale -t chorale .
ARG PYTHON=python:3.12-slim-bookworm

FROM ${PYTHON} AS uv
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
COPY deploy/uv-requirements.txt /tmp/
RUN pip install --require-hashes -r /tmp/uv-requirements.txt
WORKDIR /app

FROM uv AS dependencies
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-install-project --no-default-groups --group service

FROM uv AS assets
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-install-project --only-group embedded
ENV PATH=/app/.venv/bin:$PATH
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY platform/chorale/web platform/chorale/web
RUN npm run --silent build

FROM uv AS label-studio-environment
COPY deploy/label-studio/pyproject.toml deploy/label-studio/uv.lock ./
RUN uv sync --frozen --no-install-project

FROM ${PYTHON} AS person
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin chorale \
    && install -d -o chorale -g chorale /var/lib/chorale /var/lib/label-studio
USER chorale
WORKDIR /app

FROM person AS label-studio
COPY --from=label-studio-environment /app/.venv /app/.venv
COPY --chmod=0755 deploy/label-studio/start.sh /app/start.sh
ENV PATH=/app/.venv/bin:$PATH \
    LABEL_STUDIO_BASE_DATA_DIR=/var/lib/label-studio \
    LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN=true \
    LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true \
    LABEL_STUDIO_COLLECT_ANALYTICS=false \
    LABEL_STUDIO_LATEST_VERSION_CHECK=false \
    LABEL_STUDIO_SENTRY_DSN= \
    LABEL_STUDIO_FRONTEND_SENTRY_DSN= \
    LABEL_STUDIO_DEBUG=false \
    DJANGO_DB=default
EXPOSE 8080
VOLUME /var/lib/label-studio
CMD ["/app/start.sh"]

FROM person AS chorale
COPY --from=dependencies /app/.venv /app/.venv
COPY --from=assets /app/build/assets build/assets
COPY manage.py pyproject.toml README.md LICENSE ./
COPY harmonize harmonize
COPY annotation annotation
COPY exports exports
COPY platform platform
COPY samples samples
COPY docs docs
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/app/platform:/app PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=chorale.settings CHORALE_VAR=/var/lib/chorale
EXPOSE 8000 8001
VOLUME /var/lib/chorale
CMD ["gunicorn", "chorale.asgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "uvicorn_worker.UvicornWorker"]
