// The "Hello world example" of https://expressjs.com/en/4x/starter/hello-world.html with Express 4.
// Changed: the port (there: 3000).
const express = require('express')
const app = express()
const port = process.env.PORT

app.get('/', (req, res) => {
  res.send('Hello World!')
})

app.listen(port, () => {
  console.log(`Example app listening on port ${port}`)
})
