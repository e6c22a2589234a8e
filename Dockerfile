# Images of docker-compose.yml. Everything comes from the base image and its own Debian mirror; the programs are
# installed as the packages ./run package makes, which bring what they need. Groups and users are numbers, so that
# volumes fit whichever image made them: 7400 all of us, 7411 the programs, 7432 PostgreSQL, 7443 the front.

# PostgreSQL of Debian, with a cluster it makes at its first start.
FROM docker.io/library/debian:bookworm-slim AS db
RUN groupadd -g 7400 shans && useradd -r -u 7432 -g 7400 -d /var/lib/postgresql -s /usr/sbin/nologin postgres && \
    mkdir -p /etc/postgresql-common/createcluster.d && \
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/shans.conf && \
    apt-get update -q && apt-get install -q -y --no-install-recommends postgresql-15 && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt && \
    rm -rf /var/lib/postgresql && install -d -o 7432 -g 7400 -m 0700 /var/lib/postgresql && \
    install -d -o 7432 -g 7400 -m 0750 /run/shans/app /run/shans/owner
COPY .ci/compose/db.sh /usr/local/bin/shans-db
USER 7432:7400
EXPOSE 5432
STOPSIGNAL SIGINT
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["pg_isready", "-q", "-h", "/tmp"]
ENTRYPOINT ["/usr/local/bin/shans-db"]

# TLS in front of the servers.
FROM docker.io/library/debian:bookworm-slim AS front
RUN apt-get update -q && apt-get install -q -y --no-install-recommends haproxy openssl && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt && \
    install -d -o 7443 -g 7400 -m 0750 /run/shans/ca /run/shans/own
COPY .ci/compose/ready.sh /usr/local/bin/shans-ready
COPY .ci/compose/front.sh /usr/local/bin/shans-front
COPY .ci/compose/haproxy.cfg /etc/shans/haproxy.cfg
USER 7443:7400
EXPOSE 7411
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["/usr/local/bin/shans-ready", "7412"]
ENTRYPOINT ["/usr/local/bin/shans-front"]

# The programs as packages.
FROM docker.io/library/debian:bookworm-slim AS build
LABEL shans.stage=build
WORKDIR /src
COPY run ./
RUN ./run setup package && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY . ./
RUN ./run package && mkdir /out && mv build/package/*.deb /out && rm -rf build .run

# The server alone. It keeps no state: the root is read-only.
FROM docker.io/library/debian:bookworm-slim AS server
COPY --from=build /out /out
RUN apt-get update -q && apt-get install -q -y --no-install-recommends /out/shans-common_*.deb /out/shans-server_*.deb && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt /out && \
    install -d -o 7432 -g 7400 -m 0750 /run/shans/app
COPY .ci/compose/ready.sh /usr/local/bin/shans-ready
COPY .ci/compose/await.sh /usr/local/bin/shans-await
USER 7411:7400
EXPOSE 7411
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["/usr/local/bin/shans-ready", "7412"]
ENV CREDENTIALS_DIRECTORY=/run/shans/app
ENTRYPOINT ["/usr/local/bin/shans-await", "/run/shans/app/db", "shans-server"]
CMD ["serve", "--wait", "3600", "--listen", "tcp://0.0.0.0:7411", "--http-port", "7412"]

# What people run: the client, the server's administrative commands, and the demo.
FROM docker.io/library/debian:bookworm-slim AS tools
COPY --from=build /out /out
RUN apt-get update -q && apt-get install -q -y --no-install-recommends /out/*.deb && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt /out && \
    install -d -o 7432 -g 7400 -m 0750 /run/shans/app /run/shans/owner && \
    install -d -o 7443 -g 7400 -m 0750 /run/shans/ca
COPY tests/demo /opt/shans/tests/demo
COPY common/catalog/methodologies /opt/shans/common/catalog/methodologies
COPY .ci/compose/await.sh /usr/local/bin/shans-await
ENV HOME=/tmp CREDENTIALS_DIRECTORY=/run/shans/owner SHANS_SERVER=tls+tcp://front:7411 SHANS_CA=/run/shans/ca/ca.crt
WORKDIR /tmp
USER 7411:7400
ENTRYPOINT ["/usr/local/bin/shans-await", "/run/shans/owner/owner-db"]
CMD ["shans-server", "help"]

# A PostgreSQL node under Patroni, and the etcd beside it: .ci/compose/ha.yml.
FROM db AS node
USER root
RUN apt-get update -q && apt-get install -q -y --no-install-recommends patroni etcd-server python3-etcd && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt
COPY .ci/compose/node.sh /usr/local/bin/shans-node
COPY .ci/compose/keeper.sh /usr/local/bin/shans-keeper
USER 7432:7400
STOPSIGNAL SIGTERM
HEALTHCHECK NONE
ENTRYPOINT ["/usr/local/bin/shans-node"]
