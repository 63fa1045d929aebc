// Prints the error of binding port 1.
import { loadAddon } from '../../../src/native/load.js';

try {
  loadAddon().bindTcpListener({ address: '127.0.0.1', port: 1 });
} catch (error) {
  const { code, errno, syscall, subject, message } = error as Record<string, unknown>;
  console.log(JSON.stringify({ code, errno, syscall, subject, message }));
}
