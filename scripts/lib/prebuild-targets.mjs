/** The machines that the package has binaries for, and what it takes to build them on this one. */

/** @typedef {{ arch: 'x64' | 'arm64', libc: 'glibc' | 'musl' }} Target */

/** @type {readonly Target[]} */
export const TARGETS = [
  { arch: 'x64', libc: 'glibc' },
  { arch: 'arm64', libc: 'glibc' },
  { arch: 'x64', libc: 'musl' },
  { arch: 'arm64', libc: 'musl' },
];

/** Names of GNU's tools for another processor, and of Debian's package with them. */
const GNU = {
  x64: { prefix: 'x86_64-linux-gnu-', debian: 'g++-x86-64-linux-gnu' },
  arm64: { prefix: 'aarch64-linux-gnu-', debian: 'g++-aarch64-linux-gnu' },
};

/** @param {Target} target */
export const nameOf = ({ arch, libc }) => `linux-${arch}-${libc}`;

/** Where node-gyp-build looks, and its names. Left: of the build; right: within prebuilds/. @param {Target} target */
export function filesOf({ arch, libc }) {
  return [
    ['reuseport.node', `linux-${arch}/reuseport.${libc}.node`],
    ['reuseport-run-as', `linux-${arch}/reuseport-run-as.${libc}`],
    ['reuseport-init', `linux-${arch}/reuseport-init.${libc}`],
  ];
}

/**
 * What the names of the compilers begin with; or what is missing for that target, and the remedy.
 * @param {Target} target
 * @param {Target} here
 * @param {(command: string) => boolean} has
 * @returns {{ prefix: string } | { missing: string }}
 */
export function toolsFor(target, here, has) {
  if (target.libc !== here.libc) {
    if (target.libc === 'glibc') return { missing: 'this machine has musl: run this on one with glibc' };
    const platform = target.arch === 'x64' ? 'linux/amd64' : 'linux/arm64';
    const command = `docker run --rm --platform ${platform} -v "$PWD":/src node:22-alpine sh /src/scripts/prebuild-musl.sh`;
    return { missing: `musl has no C++ compiler here: ${command}` };
  }
  const { prefix, debian } = target.arch === here.arch ? { prefix: '', debian: 'g++' } : GNU[target.arch];
  if (here.libc === 'musl' && prefix !== '') return { missing: `run this on ${target.arch}` };
  return has(`${prefix}g++`) ? { prefix } : { missing: `no ${prefix}g++ here: apt-get install ${debian}` };
}
