// Sends a listener over descriptor 3, prints its inode and ends.
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0 });
addon.listen(fd, 5);
const channel = new addon.Channel(3, { onMessage: () => undefined, onClose: () => undefined });
channel.send('listener', [fd]);
console.log(JSON.stringify(addon.listenerInfo(fd).inode));
channel.close();
addon.close(fd);
