#!/bin/sh
# The binaries for musl, in a container of Alpine with the checkout at /src: scripts/prebuild.mjs says the command. Works on a
# copy, because the packages of the checkout are those of its own system.
set -eu

apk add --quiet g++ make python3 linux-headers
mkdir /tmp/reuseport
tar -C /src -cf - --exclude ./node_modules --exclude ./build --exclude ./.setup --exclude ./dist . | tar -C /tmp/reuseport -xf -
cd /tmp/reuseport
npm ci --ignore-scripts --no-audit --no-fund
npm run --silent prebuilds -- --here
cp -R prebuilds /src/
