// "Graceful shutdown" of https://expressjs.com/en/advanced/healthcheck-graceful-shutdown.html, in the server of the
// "Hello world example".
// Changed: the port (there: 3000); `debug`, which the page leaves open, is console.log.
const express = require('express')
const app = express()
const port = process.env.PORT
const debug = console.log

app.get('/', (req, res) => {
  res.send('Hello World!')
})

const server = app.listen(port)

process.on('SIGTERM', () => {
  debug('SIGTERM signal received: closing HTTP server')
  server.close(() => {
    debug('HTTP server closed')
  })
})
