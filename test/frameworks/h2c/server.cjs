// The example of http2.createServer (HTTP/2 without TLS):
// https://nodejs.org/docs/latest/api/http2.html#http2createserveroptions-onrequesthandler
// Changed: the port (there: 8000).
const http2 = require('node:http2');

// Create an unencrypted HTTP/2 server.
// Since there are no browsers known that support
// unencrypted HTTP/2, the use of `http2.createSecureServer()`
// is necessary when communicating with browser clients.
const server = http2.createServer();

server.on('stream', (stream, headers) => {
  stream.respond({
    'content-type': 'text/html; charset=utf-8',
    ':status': 200,
  });
  stream.end('<h1>Hello World</h1>');
});

server.listen(process.env.PORT);
