/**
 * uWebSockets.js under `reuseport` beside as many processes of it that bind the port by themselves, as it does anyway, and
 * beside a bare epoll loop that answers the same bytes.
 */
import { compare } from '../compare.js';
import { inProject } from '../paths.js';
import { benchEnvironment, epollRival, reuseportRival } from '../rivals.js';
import type { Rival } from '../rivals.js';

const serverFile = inProject('bench', 'rivals', 'uws-server.cjs');

const alone: Rival = {
  name: 'uws',
  title: 'uWebSockets.js',
  single: false,
  nodeVersion: ({ node }) => node.version,
  command: (settings, { node }) => ({
    file: node.file,
    args: [inProject('bench', 'rivals', 'uws-plain.cjs')],
    env: benchEnvironment(settings),
  }),
};

const rivals = ['hash', 'auto'].map((policy) => {
  return reuseportRival(`reuseport-${policy}`, policy, serverFile, `the same, reuseport --steer ${policy}`);
});

await compare(
  { name: 'uws', rivals: [alone, ...rivals, epollRival('uws')], baseline: alone.name, against: 'alone' },
  process.argv.slice(2),
);
