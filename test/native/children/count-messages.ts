// Counts the messages on descriptor 3 until "end", answers with the count, and prints it.
import { loadAddon } from '../../../src/native/load.js';

let count = 0;
let inOrder = true;
const channel = new (loadAddon().Channel)(3, {
  onMessage(data) {
    if (data.toString() === 'end') {
      channel.send(`got ${count}`);
      channel.close();
      console.log(JSON.stringify({ count, inOrder }));
      return;
    }
    inOrder &&= data.toString() === String(count);
    count++;
  },
  onClose() {
    process.exitCode = 1;
  },
});
