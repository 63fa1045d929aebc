// The minimal project of `npx sv create` (https://svelte.dev/docs/kit/creating-a-project) with adapter-node as in
// https://svelte.dev/docs/kit/adapter-node. Unchanged; the server that it builds reads PORT.
import adapter from '@sveltejs/adapter-node';

/** @type {import('@sveltejs/kit').Config} */
const config = {
	kit: {
		adapter: adapter()
	}
};

export default config;
