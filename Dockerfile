FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/gridquorum
COPY requirements.txt .
RUN /opt/gridquorum/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN /opt/gridquorum/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/gridquorum /opt/gridquorum
RUN useradd --create-home --uid 1000 gridquorum && install -d -o gridquorum /network
ENV PATH=/opt/gridquorum/bin:$PATH PYTHONUNBUFFERED=1
USER gridquorum
WORKDIR /network
VOLUME /network
ENTRYPOINT ["gridquorum"]
CMD ["--help"]
