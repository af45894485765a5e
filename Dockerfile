# The two commands of the readme in a box:
#   docker build --tag backstop .
#   docker run --rm --volume "$PWD/runs:/backstop/runs" backstop     # make demo
#   docker run --rm backstop make test
FROM node:22-bookworm-slim
# Debian 12's Python is 3.11; node is there for anvil, which npm brings.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates make python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /backstop
ENV PATH="/backstop/.venv/bin:$PATH"
# What is locked, before what changes every day.
COPY Makefile pyproject.toml requirements.lock package.json package-lock.json .npmrc README.md LICENSE ./
COPY sim/__init__.py sim/__init__.py
RUN make env
COPY . .
RUN make env
CMD ["make", "demo"]
