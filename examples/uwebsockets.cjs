// A program of uWebSockets.js as it is: HTTP, a WebSocket echo, and a topic for the WebSockets of one worker.
const uWS = require('uWebSockets.js');

uWS
  .App()
  .ws('/*', {
    open: (ws) => ws.subscribe('news'),
    message: (ws, message, isBinary) => ws.publish('news', message, isBinary),
  })
  .get('/*', (res, req) => {
    res.end(`${req.getUrl()} by pid ${process.pid}\n`);
  })
  .listen(Number(process.env.PORT ?? 3000), (token) => {
    if (!token) process.exit(1);
  });
