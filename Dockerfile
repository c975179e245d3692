# mailwitness as a container image.
#
#   docker build -t mailwitness .
#   docker run -d --name mailwitness --read-only --cap-drop=ALL \
#     -v mailwitness:/data -v ./agent.yaml:/etc/mailwitness/agent.yaml:ro \
#     -p 127.0.0.1:9725:9725 -p 25:2525 mailwitness
#
# By default the agent listens on loopback, which nobody outside the container can reach, and keeps its store beside the
# configuration. So agent.yaml has to say:
#
#   agent:
#     listen: 0.0.0.0:9725             # the page, /metrics, /healthz; publish it to loopback or behind a proxy: no login
#     host_names: [mailwitness]        # the names it is asked by, say by a Prometheus on the same Docker network
#     store: /data/mailwitness.db      # the volume, all that is ever written
#     sink: { listen: 0.0.0.0:2525 }   # an ordinary port: the process is not root; publish it as 25
#
# Secrets: `docker run --env-file`, or files under /run/secrets with the `_file` keys; the user 1000 must be able to read
# them. A complete configuration with its reasons: docker run --rm --entrypoint cat mailwitness config/agent.example.yaml

# The full image has python3, make and g++: better-sqlite3 compiles when its prebuilt binary cannot be had.
FROM node:24-bookworm AS build
WORKDIR /src
COPY .npmrc package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# What is copied out must be readable by a user who is not root, whatever the umask of the checkout was.
COPY LICENSE ./
COPY config ./config
RUN npm prune --omit=dev && chmod -R a+rX .

# The same Debian and the same Node: the compiled module fits.
FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="mailwitness" \
      org.opencontainers.image.description="An independent witness of a mail service" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /src/LICENSE /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/config ./config
COPY --from=build /src/dist ./dist

# A new volume takes the owner of this folder. A folder of the host that is mounted instead must belong to 1000.
RUN install -d -o 1000 -g 1000 -m 0750 /data
VOLUME /data
# What SQLite sorts outside memory goes to the volume too, and so does what `check` and `export` put aside for as long as
# they run: nothing else needs to be writable.
ENV SQLITE_TMPDIR=/data TMPDIR=/data
# For an agent.listen with another address or port, set this as well.
ENV MAILWITNESS_HEALTH=http://127.0.0.1:9725/healthz

# By number, so that an orchestrator can see that it is not root; `node` in the base image.
USER 1000:1000
EXPOSE 9725 2525
# Alive by work done: an agent that answers but no longer measures is unhealthy, and the answer says why.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.MAILWITNESS_HEALTH, { signal: AbortSignal.timeout(5000) }).then(async (answer) => { console.log(await answer.text()); process.exit(answer.ok ? 0 : 1); }).catch((error) => { console.error(String(error.cause ?? error)); process.exit(1); })"]
# No shell between: node is process 1 and gets SIGTERM, on which it closes the store and ends.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/mailwitness/agent.yaml"]
