/** What Node's own server can do: the body is read and parsed, the id is answered. */
import { listen } from './listen.ts';

listen((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const { order_id } = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({ message: 'Order placed successfully', order_id });
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      Location: `/order/${order_id}`,
    };
    res.writeHead(201, headers).end(body);
  });
});
