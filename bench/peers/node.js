// Node's socket.io as it comes, websocket only: a POST's JSON goes to everybody.
'use strict';
const http = require('http');
const { Server } = require('socket.io');

const server = http.createServer((request, response) => {
  if (request.method !== 'POST') {
    response.writeHead(200).end();
    return;
  }
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => {
    io.emit('change', JSON.parse(body));
    response.writeHead(204).end();
  });
});
const io = new Server(server, { transports: ['websocket'] });
server.listen(Number(process.argv[2]), '127.0.0.1', 4096);
