// "Graceful start" and "Graceful stop" of https://pm2.keymetrics.io/docs/usage/signals-clean-restart/
// Changed: process.send is called only where there is one (there: always), and what is stopped on SIGINT is the
// listener (there: a database). The port 0 is the page's own.
var http = require('http')

var app = http.createServer(function(req, res) {
  res.writeHead(200)
  res.end('hey')
})

var listener = app.listen(0, function() {
  console.log('Listening on port ' + listener.address().port)
  // Here we send the ready signal to PM2
  if (process.send) process.send('ready')
})

process.on('SIGINT', function() {
   listener.close(function(err) {
     process.exit(err ? 1 : 0)
   })
})
