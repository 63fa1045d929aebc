// The tutorial at its step 5, "Broadcasting" (to all clients, the sender included: an echo):
// https://socket.io/docs/v4/tutorial/step-5 (without its index.html, which is for browsers)
// Changed: the port (there: 3000).
const express = require('express');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { Server } = require('socket.io');

const app = express();
const server = createServer(app);
const io = new Server(server);

app.get('/', (req, res) => {
  res.sendFile(join(__dirname, 'index.html'));
});

io.on('connection', (socket) => {
  socket.on('chat message', (msg) => {
    io.emit('chat message', msg);
  });
});

server.listen(process.env.PORT, () => {
  console.log('server running at http://localhost:3000');
});
