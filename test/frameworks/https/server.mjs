// The example of https.createServer: https://nodejs.org/docs/latest/api/https.html#httpscreateserveroptions-requestlistener
// Changed: the port (there: 8000).
// curl -k https://localhost:8000/
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';

const options = {
  key: readFileSync('private-key.pem'),
  cert: readFileSync('certificate.pem'),
};

createServer(options, (req, res) => {
  res.writeHead(200);
  res.end('hello world\n');
}).listen(process.env.PORT);
