import { spawnSync } from 'node:child_process';
import { formatters } from './lib/checks.mjs';
import { ensureSetup, root } from './lib/setup.mjs';

await ensureSetup({ quiet: true });
for (const [command, args] of formatters) spawnSync(command, args, { cwd: root, stdio: 'inherit' });
