# Athanor from its sources: `docker build -t athanor .`, then see compose.yaml and docs/OPERATIONS.md.

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
# Builds the page and the server; the path of the executable is the last line.
RUN cargo xtask build | tee /tmp/said && install -m 755 "$(tail -n 1 /tmp/said)" /athanor

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/athanor --create-home athanor \
 && chmod 700 /var/lib/athanor
COPY --from=build /athanor /usr/local/bin/athanor
USER athanor
WORKDIR /var/lib/athanor
VOLUME /var/lib/athanor
ENV ATHANOR_DATA_DIR=/var/lib/athanor \
    ATHANOR_ADDR=0.0.0.0:3000 \
    ATHANOR_LOG_FORMAT=json
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD curl --fail --silent --output /dev/null http://127.0.0.1:3000/health
ENTRYPOINT ["athanor"]
CMD ["serve"]
