/** The same with Node's own request and response, in CommonJS. */
module.exports = (request, response) => {
  response.end(`${request.method} ${request.url} by pid ${process.pid}\n`);
};
