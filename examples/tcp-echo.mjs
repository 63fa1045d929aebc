/** Any net.Server is shared the same way, whatever it speaks. */
import net from 'node:net';

const port = Number(process.env.PORT ?? 3000);

net.createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port, '127.0.0.1');
