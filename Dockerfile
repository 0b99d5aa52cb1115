FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/plumbline . && mkdir /out/data

# No shell and no package manager. Runs as user 65532.
FROM gcr.io/distroless/static-debian12:nonroot
COPY LICENSE LICENSE-DATA.md frontend/static/vendor/LICENSES.txt /licenses/
COPY --from=build /out/plumbline /plumbline
# A new volume takes over this folder's owner, so that the program may write there.
COPY --from=build --chown=65532:65532 /out/data /data

# The log's key and evidence of a PostgreSQL database go to /data/plumbline; those of an SQLite file are beside it.
ENV PLUMBLINE_ADDR=0.0.0.0:8080 \
    PLUMBLINE_DATABASE=sqlite:/data/plumbline.db \
    XDG_STATE_HOME=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/plumbline", "healthcheck"]
ENTRYPOINT ["/plumbline"]
CMD ["serve"]
