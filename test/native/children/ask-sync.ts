// Asks over descriptor 3 before its loop turns, and prints the answer.
import { loadAddon } from '../../../src/native/load.js';

const channel = new (loadAddon().Channel)(3, { onMessage: () => undefined, onClose: () => undefined });
channel.send('question');
const answer = channel.receiveSync(20_000);
console.log(JSON.stringify(answer === null || answer === 'closed' ? answer : answer.data.toString()));
channel.close();
