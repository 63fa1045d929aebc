// Next.js looks for the root of the project in the folders above, and would find this repository's lock file.
export default { turbopack: { root: import.meta.dirname } };
