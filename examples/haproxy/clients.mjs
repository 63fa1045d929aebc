/**
 * Clients of the service, for rolling-restart.mjs: `node clients.mjs <address> <own address>`. Most keep their connections,
 * some make a new one each time; a quarter of the requests has a body. Every answer is checked. It tells its counts when it is
 * asked, and ends when it is told to.
 */
import http from 'node:http';

const [host, self] = process.argv.slice(2);
const body = 'x'.repeat(3_000);
const counts = { requests: 0, failed: 0, reasons: {}, hosts: {} };
let ending = false;

const kept = new http.Agent({ keepAlive: true, maxSockets: 24 });

function ask(method, agent) {
  return new Promise((resolve, reject) => {
    const options = { host, port: 80, path: '/', method, agent, timeout: 20_000 };
    // What a client says about itself must not be believed.
    options.headers = {
      'x-forwarded-for': '192.0.2.1',
      ...(method === 'POST' ? { 'content-length': body.length } : {}),
    };
    const request = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
    request.on('error', reject);
    request.end(method === 'POST' ? body : undefined);
  });
}

async function askAndCheck(method, agent) {
  const { status, text } = await ask(method, agent);
  if (status !== 200) throw new Error(`${method}: status ${status}`);
  const answer = JSON.parse(text);
  if (answer.method !== method || answer.bytes !== (method === 'POST' ? body.length : 0))
    throw new Error('another answer');
  if (answer.client !== self) throw new Error(`the host takes us for ${answer.client}`);
  counts.hosts[answer.host] = (counts.hosts[answer.host] ?? 0) + 1;
}

async function run(agent) {
  for (let index = 0; !ending; index += 1) {
    try {
      await askAndCheck(index % 4 === 3 ? 'POST' : 'GET', agent);
    } catch (error) {
      counts.failed += 1;
      counts.reasons[error.message] = (counts.reasons[error.message] ?? 0) + 1;
    }
    counts.requests += 1;
  }
}

const clients = [...Array.from({ length: 24 }, () => run(kept)), ...Array.from({ length: 4 }, () => run(false))];
process.on('message', async (message) => {
  ending = message === 'end';
  if (ending) await Promise.all(clients);
  process.send(counts, () => {
    if (!ending) return;
    kept.destroy();
    process.disconnect();
  });
});
