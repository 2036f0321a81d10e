import { createServer } from 'node:http';

// The subscriber of the benchmarks, in a process of its own: answers 202 and counts. `GET /` tells and `DELETE /` forgets the count.

let count = 0;
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.method === 'POST') {
      count += 1;
      response.writeHead(202).end();
      return;
    }
    if (request.method === 'DELETE') count = 0;
    response.end(String(count));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.(address.port);
});
// Ends with whoever started it, whatever way that ends.
process.on('disconnect', () => process.exit());
