// Prints the uid that sock_diag tells of a listener of this process.
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0 });
addon.listen(fd, 1);
console.log(JSON.stringify(addon.listeningSockets(addon.listenerInfo(fd).port)[0]?.uid));
