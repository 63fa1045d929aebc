// "Hello Koa" of https://github.com/koajs/koa#hello-koa
// Changed: the port (there: 3000).
const Koa = require('koa');
const app = new Koa();

// response
app.use(ctx => {
  ctx.body = 'Hello Koa';
});

app.listen(process.env.PORT);
