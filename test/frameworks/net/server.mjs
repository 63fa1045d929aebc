// The TCP echo server of https://nodejs.org/docs/latest/api/net.html#netcreateserveroptions-connectionlistener
// Changed: the port (there: 8124).
import net from 'node:net';
const server = net.createServer((c) => {
  // 'connection' listener.
  console.log('client connected');
  c.on('end', () => {
    console.log('client disconnected');
  });
  c.write('hello\r\n');
  c.pipe(c);
});
server.on('error', (err) => {
  throw err;
});
server.listen(process.env.PORT, () => {
  console.log('server bound');
});
