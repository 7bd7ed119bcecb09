# All images of Storm. Targets: api, gateway, worker, and init, which makes the secrets at first boot.
# No secret is an argument, a variable or a file of any layer: they are mounted when a container starts.

FROM node:24-slim AS base
ENV NODE_ENV=production
WORKDIR /app

FROM base AS sources
COPY . .
RUN mkdir /manifests && cp --parents .npmrc package.json package-lock.json */package.json packages/*/package.json /manifests

# What is copied here changes with the dependencies only, so that a changed source file installs nothing anew.
FROM base AS manifests
COPY --from=sources /manifests .

FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --ignore-scripts
COPY --from=sources /app .
RUN npx tsc -b packages/devstack/tsconfig.build.json \
 && find packages/*/dist \( -name '*.d.ts' -o -name '*.map' -o -name '.tsbuildinfo*' \) -delete

# The production dependencies of one workspace, and of those of ours that it imports.
FROM manifests AS api-modules
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --workspace @storm/api
FROM manifests AS gateway-modules
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --workspace @storm/gateway
FROM manifests AS worker-modules
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --workspace @storm/worker
FROM manifests AS init-modules
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --workspace @storm/shared

# Ready means that the dependencies answer too. Nothing but Node is needed to ask.
FROM base AS service
HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=60s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readiness`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
USER node

FROM service AS api
COPY --from=api-modules /app .
COPY --from=build /app/packages/shared/dist packages/shared/dist
COPY --from=build /app/packages/store/dist packages/store/dist
COPY --from=build /app/packages/api/dist packages/api/dist
ENV PORT=3000
EXPOSE 3000
CMD ["node", "packages/api/dist/main.js"]

FROM service AS gateway
COPY --from=gateway-modules /app .
COPY --from=build /app/packages/shared/dist packages/shared/dist
COPY --from=build /app/packages/gateway/dist packages/gateway/dist
ENV PORT=3001
EXPOSE 3001
CMD ["node", "packages/gateway/dist/main.js"]

FROM service AS worker
COPY --from=worker-modules /app .
COPY --from=build /app/packages/shared/dist packages/shared/dist
COPY --from=build /app/packages/store/dist packages/store/dist
COPY --from=build /app/packages/worker/dist packages/worker/dist
ENV PORT=3002
EXPOSE 3002
CMD ["node", "packages/worker/dist/main.js"]

FROM base AS init
COPY --from=init-modules /app .
COPY --from=build /app/packages/shared/dist packages/shared/dist
COPY --from=build /app/packages/devstack/dist/secrets packages/devstack/dist/secrets
USER node
CMD ["node", "packages/devstack/dist/secrets/main.js", "/secrets"]
