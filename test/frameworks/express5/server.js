// The "Hello world example" of https://expressjs.com/en/5x/starter/hello-world/ (its ES module form) with Express 5.
// Changed: the port (there: 3000).
import express from 'express';

const app = express();
const port = process.env.PORT;

app.get('/', (req, res) => {
  res.send('Hello World!');
});

app.listen(port, () => {
  console.log(`Example app listening on port ${port}`);
});
