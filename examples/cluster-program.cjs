/** A program written for node:cluster. Under reuseport its worker branch runs, and its primary branch never does. */
const cluster = require('node:cluster');
const http = require('node:http');
const { availableParallelism } = require('node:os');

if (cluster.isPrimary) {
  for (let index = 0; index < availableParallelism(); index += 1) cluster.fork();
} else {
  const port = Number(process.env.PORT ?? 3000);
  const server = http.createServer((request, response) => {
    response.end(`cluster worker ${cluster.worker.id}, pid ${process.pid}\n`);
  });
  server.listen(port, '127.0.0.1');
}
