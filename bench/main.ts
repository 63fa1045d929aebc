import { compare } from './compare.js';
import { contrast } from './contest.js';

await compare(contrast, process.argv.slice(2));
