/** Started by `npx reuseport` alone in this folder: everything else is in reuseport.config.json. */
import http from 'node:http';

const { GREETING, PORT } = process.env;

http.createServer((_, response) => response.end(`${GREETING} from pid ${process.pid}\n`)).listen(Number(PORT ?? 3000));
