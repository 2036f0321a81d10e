/**
 * The yardstick of receiving, and the subscriber of delivering: a `node:http` server that reads each request whole and answers
 * 202, and nothing else. Prints its port (as text: numbers are coloured where colours are asked for); `GET /` answers how many posts it took.
 */
import { createServer } from 'node:http';

let posts = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(String(posts));
    return;
  }
  request.on('data', () => undefined);
  request.on('end', () => {
    posts += 1;
    response.writeHead(202).end();
  });
}).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(String(address.port));
});
